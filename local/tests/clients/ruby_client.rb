# SPDX-License-Identifier: Apache-2.0
# Ruby's pg: a client on libpq, so `hostaddr` says where the endpoint is.
require "open3"
require "pg"

HOST = ENV.fetch("CLUSTER_ENDPOINT")

def new_token
  output, status = Open3.capture2("dsql", "token", "--host", HOST, "--user", "admin")
  raise "dsql token failed" unless status.success?

  output.strip
end

def connect(password: new_token)
  PG.connect(
    host: HOST, hostaddr: ENV.fetch("DSQL_HOST_ADDRESS"), port: ENV.fetch("DSQL_PORT"), user: "admin",
    dbname: "postgres", password: password, sslmode: "verify-full", sslrootcert: ENV.fetch("DSQL_SSL_ROOT_CERT")
  )
end

def expect(wanted, got)
  raise "expected #{wanted.inspect}, got #{got.inspect}" unless wanted == got
end

# Calls the block in a transaction, with the number of the attempt, until it does not conflict. Returns that number.
def transact(connection)
  (1..5).each do |attempt|
    connection.transaction { yield attempt }
    return attempt
  rescue PG::TRSerializationFailure => e
    expect true, e.message.include?("(OC00")
  end
  raise "still conflicts after five attempts"
end

def value(connection, sql, *parameters)
  connection.exec_params(sql, parameters).getvalue(0, 0)
end

def conflict(connection, other)
  attempts = transact(connection) do |attempt|
    value(connection, "SELECT value FROM counters WHERE id = 1")
    transact(other) { other.exec("UPDATE counters SET value = value + 10 WHERE id = 1") } if attempt == 1
    connection.exec_params("UPDATE counters SET value = value + $1 WHERE id = 1", [1])
  end
  expect 2, attempts
  expect "11", value(connection, "SELECT value FROM counters WHERE id = $1", 1)
end

def prepared(connection)
  connection.prepare("insert", "INSERT INTO counters VALUES ($1, 0)")
  connection.transaction { (2..99).each { |id| connection.exec_prepared("insert", [id]) } }
  expect "99", value(connection, "SELECT count(*) FROM counters")
end

def pipeline(connection)
  connection.enter_pipeline_mode
  3.times { |number| connection.send_query_params("SELECT $1::int + 1", [number]) }
  connection.pipeline_sync
  3.times do |number|
    expect (number + 1).to_s, connection.get_result.getvalue(0, 0)
    expect nil, connection.get_result
  end
  expect PG::PGRES_PIPELINE_SYNC, connection.get_result.result_status
  connection.exit_pipeline_mode
end

def copy(connection)
  connection.copy_data("COPY counters FROM STDIN") do
    (100..199).each { |id| connection.put_copy_data("#{id}\t5\n") }
  end
  expect "500", value(connection, "SELECT sum(value) FROM counters WHERE id >= 100")
end

def rows_one_by_one(connection)
  connection.send_query("SELECT id FROM counters ORDER BY id")
  connection.set_single_row_mode
  expect 199, connection.get_result.stream_each_row.count
end

def errors(connection)
  connection.exec("SELECT 1 / 0")
  raise "a division by zero succeeded"
rescue PG::DivisionByZero => e
  expect "22012", e.result.error_field(PG::PG_DIAG_SQLSTATE)
end

def rejected_login
  connect(password: "no-token")
  raise "a wrong token was accepted"
rescue PG::ConnectionBad => e
  expect true, e.message.include?("unable to accept connection, access denied")
end

connection = connect
other = connect # a new session needs a new token
expect "42", value(connection, "SELECT $1::int * 7", 6)
connection.exec("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)")
connection.exec("INSERT INTO counters VALUES (1, 0)")
conflict(connection, other)
prepared(connection)
pipeline(connection)
copy(connection)
rows_one_by_one(connection)
errors(connection)
rejected_login
