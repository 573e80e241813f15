// Connects as an app does, sends one text, and prints in one line of JSON how that went.
const { version, url, path, transports, token, seconds } = JSON.parse(process.argv.at(-1));
const { io } = require(version === 3 ? 'socket.io-client-2' : 'socket.io-client');
const connect = version === 3 ? require('socket.io-client-2') : io;

const end = (result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
};

const why = (error) => {
  const status = typeof error.description === 'number' ? error.description : undefined;
  const context = error.context || {};
  return {
    message: error.message || String(error),
    status: status || context.status || context.statusCode,
    description: error.description && error.description.message,
    body: context.responseText,
  };
};

const socket = connect(url, {
  path,
  transports,
  auth: { token },
  query: version === 3 ? { token } : undefined,
  reconnection: false,
  timeout: seconds * 1000,
  forceNew: true,
});

socket.on('connect_error', (error) => end({ word: 'refused', ...why(error) }));
socket.on('error', (error) => end({ word: 'refused', ...why(error) }));
socket.on('disconnect', (reason) => end({ word: 'cut', message: reason }));
socket.on('connect', () => {
  const engine = socket.io.engine;
  const talk = () => socket.emit('echo', 'hello', (reply) => end({ word: engine.transport.name, ...reply }));
  if (engine.transport.name === 'websocket' || transports.length === 1) return talk();
  engine.once('upgrade', talk);
  return setTimeout(talk, 1500);
});
setTimeout(() => end({ word: 'timeout', message: `nothing in ${seconds} s` }), seconds * 1000);
