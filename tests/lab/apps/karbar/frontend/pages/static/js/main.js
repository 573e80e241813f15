/* built from src/contexts/WebSocketContext.js; the backend lives below /be of the page's own host */
(() => {
  const backendUrl = `${window.location.origin}/be`;
  const socket = new WebSocket(`${backendUrl.replace(/^http/, 'ws')}/ws/browser`);
  const tell = (text) => {
    document.body.dataset.socket = text;
    document.getElementById('state').textContent = text;
  };
  socket.onopen = () => socket.send('hello');
  socket.onmessage = (event) => tell(`open ${JSON.parse(event.data).echo}`);
  socket.onclose = (event) => tell(`closed ${event.code}`);
})();
