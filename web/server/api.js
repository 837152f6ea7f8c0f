/**
 * The HTTP API as functions. Everything goes through `ask`: it adds the key, turns problem+json into ServerError, tells
 * the connection line when the server is away, and asks for a key when the server wants one.
 */
import { keyHeader, wantKey } from "./api_key.js";
import { serverAnswered, serverIsAway } from "./connection.js";

/** The server said no: an RFC 9457 problem. */
export class ServerError extends Error {
  /** @param {number} status @param {any} problem */
  constructor(status, problem) {
    super(problem?.detail || problem?.title || `The server answered with status ${status}.`);
    this.status = status;
    this.code = problem?.code ?? "";
  }
}

/** The server could not be reached. */
export class ServerAway extends Error {
  constructor() {
    super("The server does not answer. Is “vitrine serve” running? This page goes on by itself when it is back.");
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} a good answer (2xx)
 */
export async function ask(path, options = {}) {
  const answer = await sent(path, options);
  if (answer.status === 401) {
    await wantKey();
    return ask(path, options);
  }
  if (!answer.ok) throw new ServerError(answer.status, await problemOf(answer));
  return answer;
}

async function sent(path, options) {
  try {
    const answer = await fetch(path, { ...options, headers: { ...options.headers, ...keyHeader() } });
    serverAnswered();
    return answer;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    serverIsAway();
    throw new ServerAway();
  }
}

async function problemOf(answer) {
  const isJson = /json/.test(answer.headers.get("content-type") ?? "");
  return isJson ? answer.json().catch(() => null) : null;
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
async function json(path, options) {
  const answer = await ask(path, options);
  return answer.status === 204 ? null : answer.json();
}

/** @param {string} method @param {any} body @returns {RequestInit} */
function sending(method, body) {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** "?a=1&b=2" of those that are set. @param {Record<string, any>} values */
function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return set.length === 0 ? "" : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}

const encoded = encodeURIComponent;
const typeOf = (blob) => ({ "Content-Type": blob.type || "application/octet-stream" });

/** Products of these attributes, as parameters. @param {Record<string, string>} [attributes] */
const narrowed = (attributes = {}) => Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`attr.${name}`, value]));

/** @param {{q?: string, category?: string, attributes?: Record<string, string>, cursor?: string, limit?: number}} filter */
export const products = ({ attributes, ...filter }, signal) =>
  json(`/v1/products${query({ ...filter, ...narrowed(attributes) })}`, { signal });
export const product = (id, signal) => json(`/v1/products/${encoded(id)}`, { signal });
export const saveProduct = (description) => json("/v1/products", sending("POST", description));
export const changeProduct = (id, changes) => json(`/v1/products/${encoded(id)}`, sending("PATCH", changes));
export const removeProduct = (id) => json(`/v1/products/${encoded(id)}`, { method: "DELETE" });
/** @param {Blob} photo */
export const addPhoto = (id, photo) =>
  json(`/v1/products/${encoded(id)}/images`, { method: "POST", headers: typeOf(photo), body: photo });
export const choosePrimary = (id, imageId) =>
  json(`/v1/products/${encoded(id)}/primary`, sending("PUT", { image_id: imageId }));
export const similar = (id, filter, signal) => json(`/v1/products/${encoded(id)}/similar${query(filter)}`, { signal });
export const categories = (signal) => json("/v1/categories", { signal });
export const attributeNames = (signal) => json("/v1/attributes", { signal });
export const attributeValues = (name, beginning, signal) => json(`/v1/attributes/${encoded(name)}${query({ beginning })}`, { signal });
/** What is known of a picture: {id, original_id, box, width, height, …}. */
export const imageDetails = (imageId, signal) => json(`/v1/images/${imageId}/details`, { signal });
/** The points by which a crop was found to show what another one shows, in pixels of their originals. */
export const matchingPoints = (cropId, matchedId) => json(`/v1/images/${cropId}/points${query({ matched: matchedId })}`);
export const correctLabel = (imageId, label) => json(`/v1/images/${imageId}/label`, sending("PATCH", label));

/** @param {Blob} photo @param {{top?: number, category?: string, attributes?: Record<string, string>, box?: string}} options */
export const search = (photo, { attributes, ...options }, signal) =>
  json(`/v1/queries${query({ ...options, ...narrowed(attributes) })}`, { method: "POST", headers: typeOf(photo), body: photo, signal });
export const answer = (jobId, signal) => json(`/v1/queries/${encoded(jobId)}`, { signal });

/** @param {{state?: string, kind?: string, cursor?: string, limit?: number}} filter */
export const jobs = (filter, signal) => json(`/v1/jobs${query(filter)}`, { signal });
export const job = (id, signal) => json(`/v1/jobs/${encoded(id)}`, { signal });
export const cancelJob = (id) => json(`/v1/jobs/${encoded(id)}/cancel`, { method: "POST" });
export const retryJob = (id) => json(`/v1/jobs/${encoded(id)}/retry`, { method: "POST" });

/** @param {Blob} catalogue a CSV or an archive @param {string} key */
export const startImport = (catalogue, key, signal) =>
  json("/v1/imports", { method: "POST", headers: { ...typeOf(catalogue), "Idempotency-Key": key }, body: catalogue, signal });
export const importOverview = (id, signal) => json(`/v1/imports/${encoded(id)}`, { signal });
/** @param {{state?: string, cursor?: string, limit?: number}} filter */
export const importRows = (id, filter, signal) => json(`/v1/imports/${encoded(id)}/rows${query(filter)}`, { signal });

export const stats = (signal) => json("/v1/stats", { signal });
/** Checks and clean-ups that were, newest first. */
export const maintenanceRuns = (signal) => json("/v1/maintenance/runs?limit=50", { signal });
/** @param {{repair: boolean}} options */
export const startCheck = (options) => json("/v1/maintenance/check", sending("POST", options));
export const startCleanup = () => json("/v1/maintenance/cleanup", sending("POST", {}));

/** Where a picture lies. @param {number} imageId @param {number} [size] the longer side, in pixels */
export const pictureAddress = (imageId, size) => `/v1/images/${encoded(imageId)}${query({ size })}`;
