/** One way to the server: JSON in, JSON out, errors with code and message, cancellable. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Byte offset into the query text, where the error is about one. */
    readonly position?: number,
    /** Seconds to wait, from Retry-After. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export type Params = Record<string, string | number | boolean | null | undefined | string[]>;

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  params?: Params;
  body?: unknown;
  signal?: AbortSignal;
}

let csrfToken = '';
let onUnauthenticated: () => void = () => {};
/** Server clock minus browser clock, in milliseconds; small differences are the network's. */
let skewMs = 0;

export function setCsrf(token: string): void {
  csrfToken = token;
}

export function setUnauthenticatedHandler(handler: () => void): void {
  onUnauthenticated = handler;
}

/** The time by the server's clock: a browser whose clock is wrong must still see the last minutes. */
export function serverNow(): number {
  return Date.now() + skewMs;
}

function learnSkew(response: Response): void {
  const date = response.headers.get('date');
  const server = date ? Date.parse(date) + 500 : NaN;
  if (Number.isNaN(server)) return;
  const skew = server - Date.now();
  skewMs = Math.abs(skew) > 3000 ? skew : 0;
}

export function queryString(params: Params): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue;
    if (Array.isArray(value)) value.forEach((v) => out.append(key, v));
    else out.set(key, String(value));
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options, 'application/json');
  return response.status === 204 ? (undefined as T) : readJson<T>(response);
}

/** An answer that does not end: its body, once the server has said yes. */
export async function openStream(path: string, params: Params, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  return (await send(path, { params, signal }, 'text/event-stream')).body!;
}

async function send(path: string, { method = 'GET', params = {}, body, signal }: RequestOptions, accept: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  let response: Response;
  try {
    response = await fetch(`/api/app/${path}${queryString(params)}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (e) {
    if (isAbort(e)) throw e;
    throw new ApiError(0, 'unreachable', 'Cannot reach the server. It may be restarting, or the network is down.');
  }
  learnSkew(response);
  if (!response.ok) {
    const error = await readError(response);
    if (response.status === 401 && path !== 'session') onUnauthenticated();
    throw error;
  }
  return response;
}

async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (e) {
    if (isAbort(e)) throw e;
    throw new ApiError(response.status, 'bad_answer', 'The answer was not valid JSON. Is something between you and the server?');
  }
}

interface ErrorBody {
  error?: { code?: string; message?: string; position?: number } | string;
  errorType?: string;
}

/** Both shapes: ours (`{"error":{code,message}}`) and Prometheus's (`{"status":"error","errorType","error"}`). */
async function readError(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get('retry-after')) || undefined;
  let body: ErrorBody | null = null;
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    body = null;
  }
  const status = response.status;
  if (typeof body?.error === 'string') return new ApiError(status, body.errorType ?? 'error', body.error, undefined, retry);
  if (body?.error?.message) {
    return new ApiError(status, body.error.code ?? 'error', body.error.message, body.error.position, retry);
  }
  return new ApiError(status, `http_${status}`, `The server answered ${status} ${response.statusText}`.trim(), undefined, retry);
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === 'AbortError';
}

export function asApiError(e: unknown): ApiError {
  return e instanceof ApiError ? e : new ApiError(0, 'internal', e instanceof Error ? e.message : String(e));
}
