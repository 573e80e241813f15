// Run by the node that PM2 itself runs on, as the daemon's user. Reads the daemon's list from standard input, dump.pm2
// and the ecosystem files, and prints what they say without a value of an environment. No file is executed.
'use strict';
const fs = require('fs');
const crypto = require('crypto');
const [home, salt, keyWords, spared, ecosystems] = process.argv.slice(1);
const keys = new Set(keyWords.split(' ').filter(Boolean));
const OWN = new RegExp('^(?:PM2_\\w*|NODE_\\w*|NVM_\\w*|npm_\\w*|XDG_\\w*|unique_id|OLDPWD|_|MAIL|SHLVL|' + spared + ')$');
const LOG_LINES = 40;
const LOG_BYTES = 16384;
const DEATH_TO_START = 15000; // PM2 waits so long at most between a death and the next start (exp_backoff_restart_delay)
const secrets = new Set();
const said = [];

const digest = (value) => crypto.createHash('sha256').update(salt + String(value)).digest('hex');
const say = (key, value) => said.push([key, String(value === undefined || value === null ? '' : value)]);

function learn(env) {
  for (const key of Object.keys(env || {})) {
    const value = env[key];
    if (!OWN.test(key) && typeof value === 'string' && value.length >= 8) value.split('\n').forEach((line) => line.length >= 8 && secrets.add(line));
  }
}

function environment(pid, mode) { // proc(5), /proc/pid/environ
  const env = {};
  try {
    for (const pair of fs.readFileSync('/proc/' + pid + '/environ', 'utf8').split('\0')) {
      const at = pair.indexOf('=');
      if (at > 0) env[pair.slice(0, at)] = pair.slice(at + 1);
    }
    // PM2 starts a process of a cluster with the daemon's environment and its own as JSON in `pm2_env`, which it unpacks there
    return mode === 'cluster_mode' ? { ...env, ...JSON.parse(env.pm2_env) } : env;
  } catch (error) { return null; }
}

function list(text) { // what stands before the list is PM2's advertisement
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    try {
      const found = JSON.parse(text.slice(at));
      if (Array.isArray(found)) return found.filter((each) => each && typeof each === 'object');
    } catch (error) { /* not here */ }
  }
  return null;
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|[A-Za-z_$][\w$]*|\d[\w.]*|\s+|[\s\S]/g;

function shown(text) { // the ecosystem file: comments blank, values inside an `env` as digests, backquoted text nowhere
  const open = [];
  let word = '', key = '', literals = {}, out = '';
  for (const token of text.match(TOKEN) || []) {
    const blank = /^\s/.test(token);
    const inside = open.some((name) => /^env(?:_|$)/.test(name));
    if (/^\/[/*]/.test(token)) { out += token.replace(/[^\n]/g, ''); continue; }
    if (token === '{' || token === '[' || token === '(') open.push(key);
    if (token === '}' || token === ']' || token === ')') open.pop();
    if (!blank) {
      if (token === ':') key = word;
      else if (/^[,{[(}\])]$/.test(token)) key = '';
    }
    if (inside && key && token !== ':' && /^['"`\d]/.test(token)) {
      const value = /^\d/.test(token) ? token : unquoted(token);
      literals[key] = value;
      keys.add(key);
      out += "'digest:" + digest(value) + "'" + token.replace(/[^\n]/g, '');
    } else if (token[0] === '`') {
      out += '``' + token.replace(/[^\n]/g, '');
    } else out += token;
    if (!blank) word = /^['"]/.test(token) ? unquoted(token) : token;
  }
  learn(literals);
  return out;
}

function unquoted(token) {
  return token.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (all, sign) => {
    if (sign.length === 5) return String.fromCharCode(parseInt(sign.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', '\n': '' }[sign] === undefined ? sign : { n: '\n', t: '\t', r: '\r', '\n': '' }[sign];
  });
}

function tail(path, since) { // the last words of this start or of the death before it; an older end is about something else
  try {
    const about = fs.statSync(path);
    if (!about.isFile() || about.mtimeMs + DEATH_TO_START < since) return [];
    const file = fs.openSync(path, 'r');
    const size = Math.min(about.size, LOG_BYTES), held = Buffer.alloc(size);
    fs.readSync(file, held, 0, size, about.size - size);
    fs.closeSync(file);
    const lines = held.toString('utf8').split('\n');
    if (size < about.size) lines.shift(); // its beginning is cut off, and with it perhaps that of a secret
    return lines.filter(Boolean).slice(-LOG_LINES);
  } catch (error) { return []; }
}

const ofProcess = (each) => ({
  script: each.pm_exec_path, arguments: [].concat(each.args || []).join(' '), 'working directory': each.pm_cwd,
  interpreter: each.exec_interpreter, mode: each.exec_mode,
  state: each.status === 'stopped' ? 'stopped' : 'started', // what is saved as stopped stays so at boot
});

function application(each) {
  const held = each.pm2_env || {};
  const env = (each.pid && environment(each.pid, held.exec_mode)) || held;
  learn(held.env);
  for (const key of keys) if (env[key] !== undefined && !OWN.test(key)) secrets.add(String(env[key]));
  say('record', 'application');
  say('home', home);
  say('name', each.name);
  say('id', each.pm_id);
  say('pid', each.pid || 0);
  say('status', held.status);
  say('restarts', held.restart_time || 0);
  say('unstable', held.unstable_restarts || 0);
  say('mode', held.exec_mode);
  say('interpreter', held.exec_interpreter);
  say('script', held.pm_exec_path);
  say('args', [].concat(held.args || []).join(' '));
  say('cwd', held.pm_cwd);
  say('started', (held.pm_uptime || 0) / 1000);
  say('ordered', (held.created_at || 0) / 1000);
  say('watch', held.watch ? 'yes' : 'no');
  say('errors', held.pm_err_log_path);
  for (const key of keys) if (env[key] !== undefined) say('env', key + ' ' + digest(env[key]));
  for (const line of tail(held.pm_err_log_path, held.pm_uptime || 0)) say('log', line);
  return { name: each.name, of: ofProcess(held), env };
}

function saved(running) {
  let text;
  try { text = fs.readFileSync(home + '/dump.pm2', 'utf8'); } catch (error) {
    if (error.code !== 'ENOENT') return;
    say('record', 'saved');
    say('home', home);
    say('exists', 'no');
    return;
  }
  const dump = list(text) || [];
  dump.forEach((each) => learn(each.env));
  say('record', 'saved');
  say('home', home);
  say('exists', 'yes');
  for (const name of new Set(dump.map((each) => each.name))) {
    say('saved', name);
    const kept = dump.filter((each) => each.name === name), now = running.filter((each) => each.name === name);
    if (!now.length) continue;
    const before = ofProcess(kept[0]), different = Object.keys(before).filter((word) => String(before[word]) !== String(now[0].of[word]));
    if (kept.length !== now.length) different.push('number of processes');
    for (const key of keys) if (String(kept[0][key]) !== String(now[0].env[key])) different.push(key);
    if (different.length) say('differs', name + '\t' + different.join(', '));
  }
}

const files = ecosystems.split('\n').filter(Boolean).map((path) => {
  try { return [path, shown(fs.readFileSync(path, 'utf8'))]; } catch (error) { return [path, null]; }
});
const input = fs.readFileSync(0, 'utf8');
const found = list(input);
const running = (found || []).map(application);
if (found) { say('record', 'listed'); say('home', home); }
saved(running);
for (const [path, text] of files) {
  if (text === null) continue;
  say('record', 'ecosystem');
  say('path', path);
  text.split('\n').forEach((line) => say('line', line));
}
const long = Array.from(secrets).filter((value) => value.length >= 8).sort((a, b) => b.length - a.length);
const hidden = (text) => long.reduce((left, value) => left.split(value).join('***'), text);
const open = new Set(['args', 'log', 'line', 'script']);
process.stdout.write(said.map(([key, value]) => key + ' ' + (open.has(key) ? hidden(value) : value).replace(/[\n\r]+/g, ' ') + '\n').join(''));
