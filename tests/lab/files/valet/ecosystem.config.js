module.exports = {
  apps: [
    {
      name: 'valet',
      cwd: '/opt/valet/app',
      script: 'server.js',
      instances: 1,
      exec_mode: 'fork',
      env: {
        NODE_ENV: 'production',
        PORT: 3000,
        SOCKET_PATH: '/ws',
        ACCESS_TOKEN: '@access_token@',
      },
    },
  ],
};
