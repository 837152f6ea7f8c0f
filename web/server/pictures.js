/** Pictures of the server as elements and as bytes. */
import { h } from "../dom/element.js";
import { ask, pictureAddress } from "./api.js";
import { hasKey } from "./api_key.js";

/**
 * An <img> of a stored picture. With an API key its bytes are fetched, since an address alone carries none; a picture
 * that cannot be shown leaves an empty frame.
 * @param {number | null | undefined} imageId
 * @param {{size?: number, alt?: string, lazy?: boolean}} [options]
 */
export function picture(imageId, { size = 256, alt = "", lazy = true } = {}) {
  const image = h("img", { alt, decoding: "async", loading: lazy ? "lazy" : "eager" });
  if (imageId === null || imageId === undefined) {
    image.classList.add("no-picture");
    return image;
  }
  image.addEventListener("error", () => image.classList.add("no-picture"), { once: true });
  if (hasKey()) showFetched(image, pictureAddress(imageId, size));
  else image.src = pictureAddress(imageId, size);
  return image;
}

async function showFetched(image, address) {
  try {
    const url = URL.createObjectURL(await (await ask(address)).blob());
    image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
    image.src = url;
  } catch {
    image.classList.add("no-picture"); // the views around it say what is wrong with the server
  }
}

/** An address that an SVG can name: with an API key, of bytes that were fetched with it. @param {number} imageId @param {number} size */
export async function pictureAddressOf(imageId, size) {
  if (!hasKey()) return pictureAddress(imageId, size);
  return URL.createObjectURL(await (await ask(pictureAddress(imageId, size))).blob());
}

/** A stored picture's bytes. @param {number} imageId @param {AbortSignal} [signal] @returns {Promise<Blob>} */
export async function pictureBytes(imageId, signal) {
  return (await ask(pictureAddress(imageId), { signal })).blob();
}
