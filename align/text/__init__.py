"""Text itself: cleaning, languages, sentences, tokens."""
