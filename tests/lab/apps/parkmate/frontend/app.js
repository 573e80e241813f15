/* built from useWebSocketNotifications.js */
(() => {
  const protocol = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${protocol}//${window.location.host}/ws/notifications/browser/`);
  const tell = (text) => {
    document.body.dataset.socket = text;
    document.getElementById('state').textContent = text;
  };
  socket.onopen = () => socket.send('hello');
  socket.onmessage = (event) => tell(`open ${JSON.parse(event.data).echo}`);
  socket.onclose = (event) => tell(`closed ${event.code}`);
})();
