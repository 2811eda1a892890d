import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { fullScreen } from '../../src/adapters/full-screen.js';

/** A stream that remembers each write. */
function recording() {
  const writes: string[] = [];
  const stream = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    write: (text: string) => writes.push(text) > 0,
  });
  return { stream: stream as unknown as NodeJS.WriteStream, writes };
}

describe('a screen of its own', () => {
  test('is drawn in one synchronized write a frame, and of it only what has changed', () => {
    const { stream, writes } = recording();
    using screen = fullScreen(stream);
    writes.length = 0;

    screen.draw(['one', 'two', 'three']);
    screen.draw(['one', 'TWO', 'three']);
    screen.draw(['one', 'TWO', 'three']);
    screen.draw(['one']);

    assert.equal(writes.length, 3, 'a frame without a change is not written');
    for (const write of writes) assert.ok(write.startsWith('\x1b[?2026h') && write.endsWith('\x1b[?2026l'));
    assert.ok(writes[0]?.includes('one') && writes[0].includes('three'));
    assert.ok(writes[1]?.includes('\x1b[2;1HTWO') && !/one|three/.test(writes[1]));
    assert.ok(writes[2]?.includes('\x1b[2;1H\x1b[J'), 'what stood below is gone');
  });

  test('is drawn anew after a resize, and as it was before at the end, once', () => {
    const { stream, writes } = recording();
    const screen = fullScreen(stream);
    screen.onResize(() => screen.draw(['one']));
    screen.draw(['one']);
    writes.length = 0;

    stream.emit('resize');
    assert.match(writes.join(''), /one/);
    screen[Symbol.dispose]();
    screen[Symbol.dispose]();
    screen.draw(['late']);

    assert.deepEqual(writes.slice(2), ['\x1b[?7h\x1b[?25h\x1b[?1049l']);
    assert.equal(stream.listenerCount('resize'), 0);
  });
});
