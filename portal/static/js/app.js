// Everything here makes a page that already works work better. Modules listen on the document, so
// that what arrives later needs no setting up.
import "./accent.js";
import "./autosave.js";
import "./checklist.js";
import "./copy.js";
import "./dialog.js";
import "./drafts.js";
import "./files.js";
import "./held.js";
import "./live.js";
import "./macros.js";
import "./markdown.js";
import "./mentions.js";
import "./menus.js";
import "./palette.js";
import "./passkeys.js";
import "./print.js";
import "./reveal.js";
import "./said.js";
import "./selection.js";
import "./send.js";
import "./shortcuts.js";
import "./suggest.js";
import "./theme.js";
import "./times.js";
import "./topics.js";
import "./viewer.js";
