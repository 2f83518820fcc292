// Talking to the server. An action is sent until it is answered, under one name, so that it is done once.

export class Refused extends Error {}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let onTrouble = () => {};
let troubled = "";

/** Calls `run` with "stopped", "key" or "" whenever the state of the connection changes. */
export function watchConnection(run) {
  onTrouble = run;
}

function report(trouble) {
  if (trouble !== troubled) onTrouble((troubled = trouble));
}

async function answered(path, options) {
  for (let wait = 300; ; wait = Math.min(wait * 1.5, 2000)) {
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", ...options });
    } catch {
      report("stopped");
      await pause(wait);
      continue;
    }
    if (response.status === 403) {
      report("key");
      await pause(1000);
      continue;
    }
    let body;
    try {
      body = await response.json();
    } catch {
      report("stopped"); // cut off in the middle
      await pause(wait);
      continue;
    }
    report("");
    if (response.status === 200 || response.status === 409) return body;
    throw new Refused(body.error || `The server answered ${response.status}.`);
  }
}

export function ask(name, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return answered(`api/${name}?${new URLSearchParams(given)}`, {});
}

export function tell(name, values) {
  const nonce = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  return answered(`api/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...values, nonce }),
  });
}
