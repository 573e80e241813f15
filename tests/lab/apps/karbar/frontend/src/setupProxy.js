const { createProxyMiddleware } = require('http-proxy-middleware');

const target = process.env.REACT_APP_BACKEND_URL || 'http://localhost:8001';

// for `npm start` only: the built pages are served by Apache
module.exports = function (app) {
  app.use('/api', createProxyMiddleware({ target, changeOrigin: true }));
  app.use(
    '/ws',
    createProxyMiddleware({
      target,
      changeOrigin: true,
      ws: true, // hand upgrades on, too
    })
  );
};
