"""What each code of the sign-in log means, and what most likely mends it: for the admin."""

from dataclasses import dataclass

from portal.signin.public import Public
from portal.web.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is said about a code."""

    status: int
    public: Public
    headline: Message
    fix: Message


# One row a code, kept as a table: it is read and translated as one.
EXPLANATIONS: dict[str, Explanation] = {
    "rate_limited": Explanation(
        429,
        Public.BUSY,
        N_("Too many attempts"),
        N_("Nothing, if it stops by itself. If not, look who is trying from this address."),
    ),
    "request_malformed": Explanation(
        400,
        Public.DAMAGED,
        N_("The request was malformed"),
        N_("Send each parameter once, in UTF-8, and only one token."),
    ),
    "token_missing": Explanation(
        400,
        Public.DAMAGED,
        N_("There was no token"),
        N_("Add the token to the address as the parameter “token”."),
    ),
    "token_too_large": Explanation(
        413,
        Public.DAMAGED,
        N_("The token was too large"),
        N_("Keep the token under 8 KB: leave out claims that the help desk does not use."),
    ),
    "token_malformed": Explanation(
        400,
        Public.DAMAGED,
        N_("The token is not a JSON Web Token"),
        N_("Make the token with a JWT library, and send it whole: three parts joined by dots."),
    ),
    "tenant_unknown": Explanation(
        404,
        Public.UNCONFIRMED,
        N_("Nothing names the tenant"),
        N_("Send visitors to the address that the settings page shows."),
    ),
    "tenant_mismatch": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token names another tenant than the address"),
        N_("Check the address and the company or tenant name in the token: they must agree."),
    ),
    "dialect_disabled": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("This dialect is switched off"),
        N_("Switch the dialect on, or send visitors to the address of one that is on."),
    ),
    "token_alg_not_allowed": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The algorithm is not the key’s"),
        N_("Sign with the algorithm that is shown beside the key."),
    ),
    "token_header_rejected": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The token’s header asks for something that we do not do"),
        N_("Leave “crit”, “b64” and “zip” out of the header."),
    ),
    "token_wrong_type": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The token is of another type"),
        N_("Set “typ” in the header to “JWT”, or leave it out."),
    ),
    "token_signature_invalid": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The signature fits none of your keys"),
        N_("Copy the key from the settings page into your server’s configuration once more."),
    ),
    "claim_missing": Explanation(
        401,
        Public.UNUSABLE,
        N_("A claim is missing"),
        N_("Add the claim that is named below to the token."),
    ),
    "claim_type": Explanation(
        401,
        Public.UNUSABLE,
        N_("A claim has a value that we cannot use"),
        N_("Correct the claim that is named below."),
    ),
    "token_expired": Explanation(
        401,
        Public.EXPIRED,
        N_("The token had expired"),
        N_("Make the token at the moment of the click, and keep your server’s clock on time."),
    ),
    "token_not_yet_valid": Explanation(
        401,
        Public.UNUSABLE,
        N_("The token comes from the future"),
        N_("Turn on time synchronisation on the server that makes the tokens."),
    ),
    "token_lifetime_too_long": Explanation(
        401,
        Public.UNUSABLE,
        N_("The token would live too long"),
        N_("Let “exp” be at most ten minutes after “iat”. Two minutes are plenty."),
    ),
    "audience_mismatch": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token is meant for somebody else"),
        N_("Leave “aud” out, or set it to the address of this help desk."),
    ),
    "issuer_mismatch": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The token comes from another issuer"),
        N_("Set “iss” to the issuer in your settings."),
    ),
    "account_mismatch": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The account or the Auth URL is not yours"),
        N_("Copy the account ID and the Auth URL from the settings page, letter by letter."),
    ),
    "token_replayed": Explanation(
        401,
        Public.USED,
        N_("The link was used a second time"),
        N_("Nothing, if it is rare: a reload does it. Else give each token a new “jti”."),
    ),
    "state_mismatch": Explanation(
        403,
        Public.NOT_FROM_HERE,
        N_("The answer belongs to another sign-in"),
        N_("Return “state” and “nonce” unchanged."),
    ),
    "state_required": Explanation(
        403,
        Public.NOT_FROM_HERE,
        N_("The sign-in was not started here"),
        N_("Link to the help desk itself, or allow sign-ins that start on your site."),
    ),
    "email_invalid": Explanation(
        401,
        Public.EMAIL,
        N_("The e-mail address is not valid"),
        N_("Correct the address in the user’s record on your site."),
    ),
    "email_unverified": Explanation(
        403,
        Public.EMAIL,
        N_("Your site has not verified the e-mail address"),
        N_("Let the user confirm the address on your site first."),
    ),
    "email_domain_blocked": Explanation(
        403,
        Public.EMAIL,
        N_("The e-mail domain is not allowed"),
        N_("Change the lists of e-mail domains in the sign-in settings."),
    ),
    "identity_conflict": Explanation(
        403,
        Public.CONFLICT,
        N_("The e-mail belongs to another account"),
        N_("Your user ID and the e-mail address lead to two people here. Correct one of them."),
    ),
    "email_other_company": Explanation(
        403,
        Public.CONFLICT,
        N_("The e-mail belongs to another company"),
        N_("In this dialect an address belongs to one company. Use another address."),
    ),
    "account_disabled": Explanation(
        403,
        Public.NO_ACCESS,
        N_("The account is disabled"),
        N_("Enable the account on the people page, if that was not meant."),
    ),
    "not_provisioned": Explanation(
        403,
        Public.NO_ACCESS,
        N_("There is no account, and none is made"),
        N_("Invite the person, or let sign-ins create accounts."),
    ),
    "role_requires_local_login": Explanation(
        403,
        Public.OWN_PASSWORD,
        N_("Admins sign in with their own password"),
        N_("Use the password sign-in, or allow tokens for admins in the sign-in settings."),
    ),
    "provider_disabled": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The provider is switched off"),
        N_("Switch it on under Settings, Sign-in providers, or take it out of your own links."),
    ),
    "provider_unreachable": Explanation(
        502,
        Public.PROVIDER_AWAY,
        N_("The provider could not be reached"),
        N_("Nothing here, if the provider is down: it is asked anew at each sign-in."),
    ),
    "provider_misconfigured": Explanation(
        502,
        Public.PROVIDER_AWAY,
        N_("What the provider publishes about itself cannot be used"),
        N_("Compare the issuer with what the provider shows, letter for letter."),
    ),
    "provider_declined": Explanation(
        403,
        Public.PROVIDER_DECLINED,
        N_("The provider sent the person back without a sign-in"),
        N_(
            "Nothing, if they pressed Cancel. Otherwise look there whether the person is assigned "
            "to this application."
        ),
    ),
    "provider_failed": Explanation(
        502,
        Public.PROVIDER_DECLINED,
        N_("The provider answered with an error"),
        N_("Compare client ID, secret and redirect URI with what the provider has."),
    ),
    "provider_group_missing": Explanation(
        403,
        Public.NO_ACCESS,
        N_("None of the person’s groups has a role here"),
        N_(
            "Add the person to one of the groups at the provider, or give another group a role "
            "here. Check that the provider puts the groups into the claim that is entered."
        ),
    ),
    "id_token_invalid": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The provider’s ID token cannot be believed"),
        N_("Read what was seen below. The sign-in settings at the provider may have changed."),
    ),
    "id_token_mismatch": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The provider’s answer belongs to somebody or something else"),
        N_(
            "If it happens once, nothing. If it is repeated, somebody may be trying to pass one "
            "sign-in off as another: compare issuer and client ID."
        ),
    ),
    "credentials_invalid": Explanation(
        401,
        Public.WRONG_PASSWORD,
        N_("Wrong e-mail address or password"),
        N_("Nothing. If the person has forgotten it, send a new invitation."),
    ),
    "second_factor_invalid": Explanation(
        401,
        Public.WRONG_CODE,
        N_("Wrong code after the right password"),
        N_(
            "Ask the person. If it was not them, somebody knows their password: let them change "
            "it. If their phone is lost, reset their second factor on their page in the settings."
        ),
    ),
    "passkey_invalid": Explanation(
        401,
        Public.WRONG_PASSKEY,
        N_("The passkey was not accepted"),
        N_("Let the person sign in with their password, and add the passkey anew."),
    ),
    "passkey_copied": Explanation(
        401,
        Public.WRONG_PASSKEY,
        N_("The passkey may have been copied"),
        N_(
            "Let the person remove this passkey, or reset their second factor on their page in "
            "the settings. If they cannot explain it, let them change their password too."
        ),
    ),
    "api_key_invalid": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("The API key is missing or wrong"),
        N_(
            "Send a valid API key in the headers X-API-Key and X-API-Secret. A page in a browser "
            "sends a token that your server has signed instead."
        ),
    ),
    "api_scope_missing": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The API key does not have the scope for that"),
        N_("Use an API key with the scope auth:redirect."),
    ),
    "secret_in_browser": Explanation(
        403,
        Public.UNCONFIRMED,
        N_("The secret of an API key was sent from a browser"),
        N_(
            "Replace the API key now: every visitor of that page can read its secret. Call this "
            "address from your server, or send a token that your server has signed."
        ),
    ),
    "redirect_blocked": Explanation(
        422,
        Public.UNUSABLE,
        N_("The page to go to is not allowed"),
        N_(
            "Send a path such as /tickets/42, or add the host to the allowed ones in the sign-in "
            "settings. Only https is allowed."
        ),
    ),
    "site_address_unknown": Explanation(
        400,
        Public.UNUSABLE,
        N_("Your other site is not known, or asked to return to an address that it does not have"),
        N_(
            "Compare the site’s client ID and redirect URL with those on the page “Your other "
            "sites”: they must agree letter for letter, down to the last slash."
        ),
    ),
    "site_request_refused": Explanation(
        400,
        Public.UNUSABLE,
        N_("Your other site asked for something that is not done here"),
        N_(
            "Set the site’s software to the code flow with PKCE (S256), and to the scopes openid, "
            "profile, email and organisation."
        ),
    ),
    "site_credentials_invalid": Explanation(
        401,
        Public.UNCONFIRMED,
        N_("Your other site did not prove that it is that site"),
        N_("Enter the client ID and the secret in the site’s software. If lost, make a new one."),
    ),
    "site_code_invalid": Explanation(
        400,
        Public.UNCONFIRMED,
        N_("What your other site brought opens nothing, or nothing any more"),
        N_("Nothing, if it happens rarely: the person signs in at the site once more."),
    ),
    "site_code_replayed": Explanation(
        400,
        Public.USED,
        N_("Your other site used a code or a token a second time"),
        N_(
            "All that the first use led to has been taken back. If it happens again, look whether "
            "the site sends its requests twice, or whether somebody reads its addresses."
        ),
    ),
    "site_verifier_invalid": Explanation(
        400,
        Public.UNCONFIRMED,
        N_("The code was redeemed by somebody who did not ask for it"),
        N_(
            "The PKCE verifier was not that of the request. The site’s software keeps it with the "
            "visitor’s session: look whether that is lost, or two sign-ins are mixed up."
        ),
    ),
}

NOTICES: dict[str, tuple[Message, Message]] = {
    "key_previous": (
        N_("Signed with the previous key"),
        N_("Put the current key into your server’s configuration before the old one ends."),
    ),
    "time_as_text": (
        N_("A time was sent as text"),
        N_("Send times as numbers: seconds since 1970, without quotes."),
    ),
    "role_capped": (
        N_("Asked for a higher role than a token may give"),
        N_("Give the role on the people page, or raise what a token may give."),
    ),
    "role_unknown": (
        N_("The role is a word that we do not know"),
        N_("Send “user” or “agent”, or leave the role out."),
    ),
    "redirect_blocked": (
        N_("Was not sent to the page asked for"),
        N_("Use a path such as /tickets/42, or list the host in the sign-in settings."),
    ),
    "project_unknown": (
        N_("The project does not exist"),
        N_("Copy the project’s ID from the projects page."),
    ),
    "organisation_unknown": (
        N_("The organisation does not exist"),
        N_("Add an organisation of that name, or copy its name from the organisations page."),
    ),
    "password_dropped": (
        N_("A password that was never proven to be theirs was removed"),
        N_("Nothing. The account now signs in through your site."),
    ),
}
