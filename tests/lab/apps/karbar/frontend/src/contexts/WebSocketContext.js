import { createContext, useContext, useEffect, useState } from 'react';

const WebSocketContext = createContext(null);

export const useWebSocket = () => useContext(WebSocketContext);

export function WebSocketProvider({ user, children }) {
  const [socket, setSocket] = useState(null);

  useEffect(() => {
    if (!user) return undefined;
    const backendUrl = process.env.REACT_APP_BACKEND_URL;
    const wsUrl = backendUrl.replace(/^http/, 'ws');
    const opened = new WebSocket(`${wsUrl}/ws/${user.id}`);
    opened.onopen = () => setSocket(opened);
    opened.onclose = () => setSocket(null);
    return () => opened.close(1000);
  }, [user]);

  return <WebSocketContext.Provider value={socket}>{children}</WebSocketContext.Provider>;
}
