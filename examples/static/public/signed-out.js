// The customer has left the help desk, but not this site.

import { onLogout, showCustomer } from "./site.js";

await showCustomer();
onLogout();
