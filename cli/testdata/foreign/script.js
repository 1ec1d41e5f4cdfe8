import http from 'k6/http';
export const options = { vus: 3, duration: '100ms' };
export default function () {
  http.put('http://ORIGIN/items/1', JSON.stringify({ a: 1 }));
}
