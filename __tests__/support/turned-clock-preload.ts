import { connect } from 'node:net';

// Loaded into the process of a step before the bundle: both of its clocks go on by as many milliseconds
// as it is told through a connection. Timers are left alone.

let turned = 0;
const { now: wall } = Date;
const monotonic = process.hrtime.bigint;
Date.now = () => wall() + turned;
process.hrtime.bigint = () => monotonic() + BigInt(turned) * 1_000_000n;

const socket = connect(Number(process.env['TURNED_CLOCK_PORT']), '127.0.0.1');
socket.setEncoding('utf8').on('data', (text) => {
  turned += Number(text);
  socket.write('turned');
});
socket.on('error', () => {});
// The step must end as if nothing were there.
socket.unref();
