// The valet service: REST and Socket.IO on one port; every client shows its access token when it connects.
const crypto = require('node:crypto');
const http = require('node:http');
const { Server } = require('socket.io');

const PORT = Number(process.env.PORT || 3000);
const SOCKET_PATH = process.env.SOCKET_PATH || '/ws';
const ACCESS_TOKEN = process.env.ACCESS_TOKEN || '';

const digest = (text) => crypto.createHash('sha256').update(String(text)).digest();
const known = (token) => ACCESS_TOKEN !== '' && crypto.timingSafeEqual(digest(token), digest(ACCESS_TOKEN));

const answer = (response, status, body) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};

const server = http.createServer((request, response) => {
  const [path] = request.url.split('?');
  if (path === '/api/health') return answer(response, 200, { status: 'ok', websocket: 'enabled' });
  if (path === '/api/pickups') {
    const token = (request.headers.authorization || '').replace(/^Bearer /, '');
    return known(token) ? answer(response, 200, { pickups: [] }) : answer(response, 401, { error: 'Unauthorized' });
  }
  return answer(response, 404, { error: `no route ${path}` });
});

const io = new Server(server, { path: SOCKET_PATH, cors: { origin: '*' } });

io.use((socket, next) => {
  next(known(socket.handshake.auth.token) ? undefined : new Error('Unauthorized'));
});

io.on('connection', (socket) => {
  socket.emit('pickups/new', { requests: [] });
  socket.on('echo', (text, acknowledge) => acknowledge({ echo: text }));
});

server.listen(PORT, '127.0.0.1', () => console.log(`valet listens on ${PORT}, sockets at ${SOCKET_PATH}`));
