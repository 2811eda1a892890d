import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import ts from 'typescript';

interface Layer {
  /** The layers it may import, besides itself. */
  readonly from: readonly string[];
  /** Layers of which it may import types. */
  readonly typesFrom?: readonly string[];
  /** Packages it may import; `*` stands for any, and for Node's own modules and `process` as well. */
  readonly packages?: readonly string[];
}

const parsing = ['zod/mini'];

/**
 * Who may import whom, from the ground up; arrows only point down. A file belongs to the longest name that begins its
 * path. A folder that is not named here may import nothing.
 */
const layers: Readonly<Record<string, Layer>> = {
  cluster: { from: [] },
  errors: { from: [] },
  ports: { from: ['cluster', 'errors'] },
  configuration: { from: ['cluster', 'errors'], packages: [...parsing, 'yaml'] },
  database: { from: ['ports', 'cluster', 'errors'], packages: [...parsing, 'kysely'] },
  'load-balancer': { from: ['cluster', 'errors'], packages: parsing },
  operations: { from: ['database', 'load-balancer', 'ports', 'cluster', 'errors'], packages: parsing },
  checks: {
    from: [
      ...['operations/machine/base64', 'operations/probe/log-phrases', 'database', 'load-balancer'],
      ...['ports', 'cluster', 'errors'],
    ],
    typesFrom: ['operations'],
    packages: parsing,
  },
  setup: {
    from: ['operations', 'checks', 'database', 'load-balancer', 'configuration', 'ports', 'cluster', 'errors'],
    packages: parsing,
  },
  render: {
    from: ['operations', 'checks', 'setup', 'ports', 'cluster', 'errors'],
    typesFrom: ['database'],
    packages: ['cli-table3', 'yaml'],
  },
  lab: {
    from: ['operations', 'checks', 'setup', 'database', 'load-balancer', 'configuration', 'ports', 'cluster', 'errors'],
    packages: [...parsing, 'kysely'],
  },
  commands: {
    from: [
      ...['operations', 'checks', 'setup', 'render', 'lab', 'load-balancer', 'configuration'],
      ...['ports', 'cluster', 'errors'],
    ],
    typesFrom: ['database'],
    packages: parsing,
  },
  cli: {
    from: ['command-line', 'tell-failure', 'commands', 'render', 'configuration', 'ports', 'cluster', 'errors'],
    packages: [],
  },
  'command-line': { from: ['parser', 'commands', 'cluster', 'errors'], packages: [] },
  'tell-failure': { from: ['commands', 'render', 'ports', 'errors'], packages: [] },
  parser: { from: ['commands'], packages: ['commander'] },
  adapters: {
    from: ['configuration', 'database/transient', 'database/t-sql', 'ports', 'cluster', 'errors'],
    typesFrom: ['database'],
    packages: ['*'],
  },
  // A session and its dialect belong together, and commands know neither.
  'adapters/cluster-database': {
    from: ['adapters', 'configuration', 'database', 'ports', 'cluster', 'errors'],
    packages: ['*'],
  },
  'lab/entry': {
    from: ['lab', 'adapters', 'operations', 'database', 'load-balancer', 'configuration', 'ports', 'cluster', 'errors'],
    packages: ['*'],
  },
  // For `octo-ha` alone: the fewer it imports, the sooner it answers.
  bare: { from: ['adapters/configuration-file'], packages: ['*'] },
  complete: { from: ['commands', 'cluster'], packages: ['*'] },
  // Before every command: what needs none is answered there.
  front: {
    from: ['command-line', 'tell-failure', 'adapters/terminal-output', 'commands'],
    packages: ['*'],
  },
  main: {
    from: [
      ...[
        'cli',
        'command-line',
        'commands',
        'adapters',
        'operations',
        'checks',
        'setup',
        'render',
        'lab',
        'load-balancer',
      ],
      ...['configuration', 'database', 'ports', 'cluster', 'errors'],
    ],
    packages: ['*'],
  },
};

const src = join(process.cwd(), 'src');
const paths = (await readdir(src, { recursive: true })).filter((path) => path.endsWith('.ts')).map(toSlashes);
const files = await Promise.all(
  paths.toSorted().map(async (path) => ({ path, text: await readFile(join(src, path), 'utf8') })),
);

describe('src', () => {
  test('has a layer for every file', () => {
    assert.deepEqual(
      files.filter(({ path }) => layerOf(path) === undefined).map(({ path }) => path),
      [],
    );
  });

  for (const [name, layer] of Object.entries(layers)) {
    test(`${name} imports only what lies below it`, () => {
      const wrong = files
        .filter(({ path }) => layerOf(path) === name)
        .flatMap(({ path, text }) =>
          importsOf(path, text)
            .filter((imported) => !isAllowed(imported, path, name, layer))
            .map(({ specifier }) => `${path} imports ${specifier}`),
        );

      assert.deepEqual(wrong, []);
    });
  }

  test('names process only in main, adapters and entry points', () => {
    const wrong = files.filter(({ path, text }) => !mayDoAnything(path) && namesProcess(parsed(path, text)));

    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    );
  });

  test('has no file of more than 300 lines', () => {
    const long = files
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);

    assert.deepEqual(long, []);
  });
});

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function isAllowed(
  { specifier, typeOnly }: Import,
  path: string,
  name: string,
  { from, typesFrom = [], packages = [] }: Layer,
) {
  if (!specifier.startsWith('.')) {
    return specifier === 'node:util' || packages.includes('*') || packages.includes(specifier);
  }
  const target = toSlashes(normalize(join(dirname(path), specifier))).replace(/\.js$/, '.ts');
  const layer = layerOf(target);
  if (layer === name) return true;
  if (typeOnly && typesFrom.some((allowed) => isWithin(target, allowed))) return true;
  // The entry points of the lab are of no other file's concern: they are started, not imported.
  return layer !== 'lab/entry' && from.some((allowed) => isWithin(target, allowed));
}

function layerOf(path: string): string | undefined {
  const names = Object.keys(layers).filter((name) => isWithin(path, name));
  return names.toSorted((a, b) => b.length - a.length)[0];
}

/** Whether a file is in that folder, or is that file. */
function isWithin(path: string, name: string): boolean {
  return path.startsWith(`${name}/`) || path === `${name}.ts`;
}

function mayDoAnything(path: string): boolean {
  return layers[layerOf(path) ?? '']?.packages?.includes('*') ?? false;
}

function parsed(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

/** Every way to import: `import`, `export … from`, `import()`, and types by `import('…').T`. */
function importsOf(path: string, text: string): readonly Import[] {
  const imports: Import[] = [];
  visit(parsed(path, text), (node) => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
  });
  return imports;

  function add(specifier: ts.Node | undefined, typeOnly: boolean): void {
    const text = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(not a literal)';
    imports.push({ specifier: text, typeOnly });
  }
}

/** Whether Node's `process` is used. Members, parameters of a signature and the like may have that name. */
function namesProcess(file: ts.SourceFile): boolean {
  let found = false;
  visit(file, (node) => {
    if (!ts.isIdentifier(node) || node.text !== 'process') return;
    const isName = 'name' in node.parent && node.parent.name === node && !ts.isShorthandPropertyAssignment(node.parent);
    found ||= !isName || node.parent.getText().startsWith('globalThis.');
  });
  return found;
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function toSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
