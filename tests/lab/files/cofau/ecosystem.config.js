module.exports = {
  apps: [
    {
      name: 'cofau-backend',
      cwd: '/opt/cofau/backend',
      script: '/opt/cofau/venv/bin/uvicorn',
      args: 'server:app --host 127.0.0.1 --port 8000',
      interpreter: 'none',
      autorestart: true,
      max_memory_restart: '1G',
      env: {
        PYTHONUNBUFFERED: '1',
        SECRET_KEY: '@jwt_secret@',
        SMTP_PASSWORD: '@smtp_password@',
        // pages that may open the chat; the apps send no origin
        ALLOWED_ORIGINS: 'https://www.@site@,https://@site@',
      },
    },
  ],
};
