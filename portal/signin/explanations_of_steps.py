"""What each check of a sign-in is about, in one sentence: for the admin who tests a token."""

from portal.web.i18n import N_

STEPS = {
    "request": N_("The request brings one token, under a name that we know, of at most 8 KB."),
    "structure": N_("The token has three parts in base64url, and two of them are JSON objects."),
    "tenant": N_("What names the tenant in the token or the address names this help desk."),
    "provider": N_("The provider answers, and vouches for somebody to this help desk."),
    "dialect": N_("The dialect of this address is switched on."),
    "header": N_("The token is signed with the algorithm of your key, and asks for nothing else."),
    "signature": N_("The signature is made with one of your keys that are in force."),
    "claims": N_("The claims that the dialect needs are there, and each is of its type."),
    "time": N_("The token is fresh: neither from the future, nor too old, nor living too long."),
    "audience": N_("The token is meant for this help desk, where it says for whom."),
    "once": N_("Nobody has signed in with this token yet."),
    "email": N_("The e-mail address is valid, and its domain is allowed."),
    "person": N_("The person has an account that may sign in, or is given one."),
    "target": N_("The page to go to belongs to the help desk, or to a host that you allow."),
    "consume": N_("The token is used up, so that nobody can use it again."),
    "session": N_("The browser is signed in."),
    "site": N_("The site is one of yours."),
    "exchange": N_("What the site brought is its own, fresh, and used for the first time."),
}
