"""A JupyterHub whose people sign in through oauthenticator."""

import os
from urllib.parse import urlencode

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (JupyterHub reads this file so)

issuer, site = os.environ["ISSUER"], os.environ["SITE"]
goodbye = {
    "client_id": os.environ["CLIENT_ID"],
    "post_logout_redirect_uri": f"{site}/hub/login",
}
c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = os.environ["CLIENT_ID"]
c.GenericOAuthenticator.client_secret = os.environ["CLIENT_SECRET"]
c.GenericOAuthenticator.oauth_callback_url = f"{site}/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = f"{issuer}/oauth2/authorize"
c.GenericOAuthenticator.token_url = f"{issuer}/oauth2/token"
c.GenericOAuthenticator.userdata_url = f"{issuer}/oauth2/userinfo"
c.GenericOAuthenticator.logout_redirect_url = f"{issuer}/oauth2/logout?{urlencode(goodbye)}"
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "email"
c.GenericOAuthenticator.login_service = "the help desk"
c.GenericOAuthenticator.allow_all = True

# Where it listens; nobody's notebooks are started here.
c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ['PORT']}"
c.JupyterHub.hub_port = int(os.environ["HUB_PORT"])
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{os.environ['PROXY_PORT']}"
c.ConfigurableHTTPProxy.command = [os.environ["PROXY"]]
c.JupyterHub.default_url = "/hub/home"
c.JupyterHub.spawner_class = "simple"
