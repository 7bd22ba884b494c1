"""What the marketplace is made of: the kinds of entity, their records and what is indexed of them."""
