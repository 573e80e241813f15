/* built from useWebSocketSingleton.ts; the API answers on the standard port of the page's own host */
const apiUrl = `https://${window.location.hostname}/api/v1`;

export async function connect() {
  const reply = await fetch(`${apiUrl}/auth/ws-token`, { credentials: 'include' });
  if (!reply.ok) return tell(`closed, token refused with ${reply.status}`);
  const { token } = await reply.json();
  const socket = new WebSocket(`${apiUrl.replace(/^http/, 'ws')}/ws?token=${encodeURIComponent(token)}`);
  socket.onopen = () => socket.send('hello');
  socket.onmessage = (event) => tell(`open ${JSON.parse(event.data).echo}`);
  socket.onclose = (event) => tell(`closed ${event.code}`);
  return socket;
}

function tell(text) {
  document.body.dataset.socket = text;
  document.getElementById('state').textContent = text;
}

connect().catch((error) => tell(`closed, ${error.message}`));
