"""What is published: a contract of its own, apart from what is stored."""
