"""The attack suite: a file a class of attacks, each with a table, and one runner below it.

To add an attack, add a row: what it is called, what is sent, and the code that the sign-in log
must show (``signed_in`` for what must do no harm). The runner attacks the whole application at the
vendors' own addresses, and `Target.withstands` asserts the rest after every attack: the status is
the code's, nobody is signed in, not a row is written but the line in the log, the answer repeats
nothing of the token, and the same browser still signs in with a good one.

``pytest tests/security/attacks --collect-only -qq`` counts them by class.
"""
