/**
 * For `NODE_OPTIONS=--import`, into a process that stays as it is otherwise.
 *
 * It says `SIGTERM seen` when the program's own handlers of that signal have run, so that nobody has to
 * guess. And it lets clocks and timers run `CLOCK_FACTOR` times as fast, so that three minutes pass in
 * seconds; from the start, or (`CLOCK_STARTS=SIGUSR2`) from that signal. Whether a request is answered in
 * time is no question at that pace: only for what ends the same way where no answer counts as one that
 * failed.
 */
const factor = Number(process.env['CLOCK_FACTOR'] ?? '1');
const real = {
  now: process.hrtime.bigint,
  date: Date.now.bind(Date),
  setTimeout: globalThis.setTimeout,
};
let from: { readonly now: bigint; readonly date: number } | undefined;

const start = () => {
  from ??= { now: real.now(), date: real.date() };
};

process.hrtime.bigint = () => {
  const now = real.now();
  return from === undefined ? now : from.now + BigInt(Math.round(Number(now - from.now) * factor));
};
Date.now = () => {
  const now = real.date();
  return from === undefined ? now : Math.round(from.date + (now - from.date) * factor);
};
globalThis.setTimeout = new Proxy(real.setTimeout, {
  apply: (target, self, [callback, ms, ...args]) => {
    const shown = Number(ms ?? 0);
    return Reflect.apply(target, self, [callback, from ? shown / factor : shown, ...args]);
  },
});

process.on('SIGTERM', () => setImmediate(() => process.stdout.write('SIGTERM seen\n')));
if (process.env['CLOCK_STARTS'] === 'SIGUSR2') {
  process.on('SIGUSR2', start);
} else {
  start();
}
