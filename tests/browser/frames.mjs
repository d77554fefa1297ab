// Frames as the tests that play the server write them, byte by byte, and read them: on purpose without holm-wire.

/** A varint. */
export const int = value => (value > 127 ? [(value % 128) + 128, ...int(Math.floor(value / 128))] : [value]);
export const bytes = text => [...Buffer.from(text)];
/** A text behind its length. */
export const str = text => [...int(bytes(text).length), ...bytes(text)];

/** An operation's first byte, and what of its number does not fit there. */
export const op = (kind, number) => (number < 15 ? [number * 16 + kind] : [240 + kind, ...int(number - 15)]);
export const child = index => op(1, index);
export const key = name => [...op(3, bytes(name).length), ...bytes(name)];
export const text = (index, data) => [...op(4, index), ...str(data)];

/** Reads a frame behind its kind, field by field. */
export const reader = frame => {
  let at = 1;
  const take = length => {
    if (at + length > frame.length) throw new Error("a frame ends early");
    return frame.slice(at, at += length);
  };
  const number = () => {
    let value = 0, scale = 1, part;
    do {
      [part] = take(1);
      value += (part & 127) * scale;
      scale *= 128;
    } while (part > 127);
    return value;
  };
  return {
    take,
    number,
    text: () => Buffer.from(take(number())).toString(),
    rest: () => Buffer.from(take(frame.length - at)).toString(),
    ended: () => at == frame.length,
  };
};
