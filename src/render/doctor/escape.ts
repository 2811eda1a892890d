import { visible } from '../visible.js';

/** Text from elsewhere as it may stand in HTML, in an element or in an attribute with double quotes. */
export const html = (text: string): string =>
  visible(wellFormed(text))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Halves of surrogate pairs, which no document may hold, replaced. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');
