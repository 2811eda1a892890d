import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** Functions that ask what they are given, by which of their arguments that is. */
const askers: ReadonlyMap<string, number> = new Map([
  ['askConsent', 1],
  ['needed', 0],
  ['read', 1],
  ['reading', 1],
  ['asking', 1],
]);

/** Files without this in them ask nothing. */
const mayAsk = /\bterminal\.(ask|choose|secret|confirm)\b|\baskConsent\(|\{ prompt: /;

/** What commands ask by the source of them and of all they import, and of the adapters, which they are handed. */
export interface Asked {
  /** Each as it stands there, with values by their names: `Password of {user} for the file server:`. */
  readonly texts: ReadonlySet<string>;
  /** `FILE: EXPRESSION` where the question comes from elsewhere. */
  readonly relays: ReadonlySet<string>;
}

export function questionsOf(commands: readonly string[]): Asked {
  const texts = new Set<string>();
  const relays = new Set<string>();
  for (const file of reachedFrom(commands)) {
    const text = readFileSync(file, 'utf8');
    if (!mayAsk.test(text)) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    for (const question of walk(source).flatMap(questionIn)) {
      const found = textsIn(question, source);
      for (const text of found) texts.add(text);
      if (found.length === 0) relays.add(`${relative(root, file)}: ${question.getText()}`);
    }
  }
  return { texts, relays };
}

/** The expression that is asked, where this asks anything. */
function questionIn(node: ts.Node): readonly ts.Expression[] {
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'prompt') {
    // `true` leaves the words to whoever asks.
    return /\btrue\b/.test(node.initializer.getText()) ? [] : [node.initializer];
  }
  if (!ts.isCallExpression(node)) return [];
  const callee = node.expression.getText();
  const at = /\bterminal\.(ask|choose|secret|confirm)\b/.test(callee) ? 0 : askers.get(callee);
  const question = at === undefined ? undefined : node.arguments[at];
  return question === undefined ? [] : [question];
}

/** Every text that the expression may come to, as far as this file tells. */
function textsIn(expression: ts.Node, source: ts.SourceFile): readonly string[] {
  if (ts.isStringLiteral(expression) || ts.isNoSubstitutionTemplateLiteral(expression)) return [expression.text];
  if (ts.isTemplateExpression(expression)) return [expression.getText().slice(1, -1).replaceAll('${', '{')];
  if (ts.isConditionalExpression(expression)) {
    return [expression.whenTrue, expression.whenFalse].flatMap((one) => textsIn(one, source));
  }
  const called = ts.isCallExpression(expression) ? expression.expression : expression;
  if (!ts.isIdentifier(called)) return [];
  return walk(source).flatMap((node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === called.text && node.initializer !== undefined) {
      return textsIn(node.initializer, source);
    }
    if (!ts.isFunctionDeclaration(node) || node.name?.text !== called.text) return [];
    return walk(node).flatMap((one) =>
      ts.isReturnStatement(one) && one.expression !== undefined ? textsIn(one.expression, source) : [],
    );
  });
}

function reachedFrom(commands: readonly string[]): readonly string[] {
  const adapters = readdirSync(join(root, 'adapters'), { recursive: true, encoding: 'utf8' })
    // The terminal itself shows what it is given.
    .filter((name) => name.endsWith('.ts') && name !== 'process-terminal.ts')
    .map((name) => join(root, 'adapters', name));
  const reached = new Set<string>();
  const left = [...commands.map((name) => join(root, name)), ...adapters];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)) {
      left.push(`${normalize(join(dirname(file), path))}.ts`);
    }
  }
  return [...reached];
}

function walk(node: ts.Node): readonly ts.Node[] {
  const nodes = [node];
  node.forEachChild((child) => void nodes.push(...walk(child)));
  return nodes;
}
