import type { Folder } from '../../src/ports/folder.js';

/** A folder in memory, whose files can be looked at. */
export interface MemoryFolder extends Folder {
  readonly files: ReadonlyMap<string, string>;
}

export function memoryFolder(): MemoryFolder {
  const files = new Map<string, string>();
  return {
    files,
    path: '/memory',
    pathOf: (path) => `/memory/${path}`,
    read: async (path) => files.get(path),
    write: async (path, text) => void files.set(path, text),
    writeProgram: async (path, text) => void files.set(path, text),
    append: async (path, text) => void files.set(path, (files.get(path) ?? '') + text),
    async claim(path, text) {
      if (files.has(path)) return false;
      files.set(path, text);
      return true;
    },
    makeDirectory: async () => {},
    link: async () => {},
    list: async () => [...new Set([...files.keys()].map((path) => path.replace(/\/.*$/, '')))],
    async remove(path) {
      for (const name of files.keys()) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
    },
    removeItself: async () => {},
  };
}
