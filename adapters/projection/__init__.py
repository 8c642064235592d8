"""Following the log into the read models, and building them anew."""
