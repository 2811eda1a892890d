// The driver alone: what a login and one question cost without octo-ha.
import { Connection, Request } from 'tedious';

const { server, port, database, user, password, options } = JSON.parse(process.env.OCTO_HA_BENCH_DRIVER);
const connection = new Connection({
  server,
  authentication: { type: 'default', options: { userName: user, password } },
  options: { ...options, port, database },
});
const done = (error) => {
  if (error) throw error;
  connection.close();
};
connection.connect((error) => {
  if (error) throw error;
  connection.execSqlBatch(new Request('SELECT 1', done));
});
