/** The real program on addresses of its own, in a folder of its own, and ways to send it data as SDKs do. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const KEY = '00112233445566778899aabbccddeeff';
const START_MS = 20_000;
const STOP_MS = 12_000;

/** `url` and the one-time sign-in `link` as the program prints them; `stop()` ends it and removes its data. */
export async function startTripod() {
  const bin = process.env.TRIPOD_BIN;
  assert.ok(bin, 'TRIPOD_BIN must say where the program is');
  const data = mkdtempSync(join(tmpdir(), 'tripod-ui-'));
  const any = '127.0.0.1:0';
  const child = spawn(bin, ['serve', '--data', data, '--http', any, '--otlp-http', any, '--otlp-grpc', any], {
    env: { PATH: process.env.PATH, TRIPOD_DSN_KEY: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (d) => (errors = (errors + d).slice(-4000)));
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  const printed = readLinks(child.stdout);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const ended = exited.then(([code, signal]) => {
    throw new Error(`tripod did not start (${signal ?? code}): ${errors}`);
  });
  try {
    return { ...(await Promise.race([printed, ended])), stop };
  } catch (e) {
    await stop();
    throw e;
  } finally {
    clearTimeout(timer);
    ended.catch(() => {});
  }
}

/** Reads standard output to its end, so that the pipe never fills; resolves once the link was printed. */
function readLinks(stdout) {
  return new Promise((resolve) => {
    let url = '';
    createInterface({ input: stdout }).on('line', (line) => {
      url = /^Tripod is ready: (http:\S+)/.exec(line)?.[1] ?? url;
      const link = /(http:\S+\/signin\?token=\S+)/.exec(line)?.[1];
      if (link) resolve({ url, link });
    });
  });
}

/** POSTs with the project's key; anything but 2xx is a failure, told with the answer's text. */
export async function send(url, type, body, headers = {}) {
  const answer = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': type, 'x-tripod-key': KEY, ...headers } });
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
  return text;
}
