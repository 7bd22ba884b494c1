"""The engine that asks an OpenSearch cluster: indexes that lie on other machines, and grow with them."""
