"""What does answering cost in the process, compiled and by Strawberry alone?"""
