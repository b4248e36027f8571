"""Search in tickets and people: words, operators, ranked results."""
