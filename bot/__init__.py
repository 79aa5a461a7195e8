"""Bot: questions in, cited answers out: from the command line, from Discord, and for evaluation."""
