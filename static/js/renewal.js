/** A token grows old. What was left overnight has an old one, and the same page asked for anew has a new one. */

/** From now on this page asks by it. @param {string} token */
export function use(token) {
  document.body.dataset.token = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-Room-Token": token }));
}

/** Of a page in whose address its room stands: another would be of another room. Empty if there is none to be had. @param {string} code @returns {Promise<string>} */
export async function renewedFor(code) {
  if (!location.pathname.split("/").includes(code)) return "";
  const page = await fetch(location.pathname)
    .then((reply) => (reply.ok ? reply.text() : ""))
    .catch(() => "");
  const { token = "" } = new DOMParser().parseFromString(page, "text/html").body.dataset;
  if (token) use(token);
  return token;
}
