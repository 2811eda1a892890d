/**
 * A name of a file or folder that means the same on every system: what Windows does not allow is not allowed, nor what
 * SMB takes for a wildcard, nor what has a meaning of its own.
 */
export function isPlainName(name: string): boolean {
  return name !== '' && !/[\p{Cc}\p{Cs}<>:"|?*\\/]/u.test(name) && !/[. ]$/.test(name);
}

/** The names that a path with `/` is made of, none for an empty one; `undefined` where one of them is no plain name. */
export function namesIn(path: string): readonly string[] | undefined {
  const names = path === '' ? [] : path.split('/');
  return names.every(isPlainName) ? names : undefined;
}
