/** The host's page of a class that is over: who has the link is shown what was kept. */

import { part } from "../room/page.js";
import { secret } from "./secret.js";
import "./table.js";

const place = part("[data-after]");
place.hidden = !secret;
if (secret) addEventListener("load", () => place.dispatchEvent(new Event("token")));
