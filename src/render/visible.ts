/** Text from elsewhere as it may stand on a terminal: in one line, and without characters that steer the terminal. */
export const visible = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '·')
    .trim();
