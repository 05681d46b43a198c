<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's PDO: a client on libpq, so `hostaddr` says where the endpoint is.

function new_token(): string
{
    return trim(shell_exec('dsql token --user admin --host ' . escapeshellarg(getenv('CLUSTER_ENDPOINT'))));
}

function connect(?string $password = null): PDO
{
    $source = sprintf(
        'pgsql:host=%s;hostaddr=%s;port=%s;dbname=postgres;sslmode=verify-full;sslrootcert=%s',
        getenv('CLUSTER_ENDPOINT'),
        getenv('DSQL_HOST_ADDRESS'),
        getenv('DSQL_PORT'),
        getenv('DSQL_SSL_ROOT_CERT')
    );
    // With a libpq before 17, PDO frees what it has prepared by DEALLOCATE. Aurora DSQL does not have that, and the
    // transaction would fail. Without preparing, parameters are still sent apart from the statement.
    $options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::PGSQL_ATTR_DISABLE_PREPARES => true];
    return new PDO($source, 'admin', $password ?? new_token(), $options);
}

function expect(mixed $wanted, mixed $got): void
{
    if ($wanted !== $got) {
        throw new Exception('expected ' . var_export($wanted, true) . ', got ' . var_export($got, true));
    }
}

function value(PDO $connection, string $sql, array $parameters = []): mixed
{
    $statement = $connection->prepare($sql);
    $statement->execute($parameters);
    return $statement->fetchColumn();
}

// Calls the function in a transaction, with the number of the attempt, until it does not conflict.
function transact(PDO $connection, callable $function): int
{
    for ($attempt = 1;; ++$attempt) {
        try {
            $connection->beginTransaction();
            $function($attempt);
            $connection->commit();
            return $attempt;
        } catch (PDOException $error) {
            if ($connection->inTransaction()) {
                $connection->rollBack();
            }
            if ($error->getCode() !== '40001' || $attempt === 5) {
                throw $error;
            }
        }
    }
}

function conflict(PDO $connection, PDO $other): void
{
    $attempts = transact($connection, function (int $attempt) use ($connection, $other) {
        value($connection, 'SELECT value FROM counters WHERE id = 1');
        if ($attempt === 1) {
            transact($other, fn () => $other->exec('UPDATE counters SET value = value + 10 WHERE id = 1'));
        }
        $update = $connection->prepare('UPDATE counters SET value = value + :amount WHERE id = 1');
        $update->execute(['amount' => 1]);
    });
    expect(2, $attempts);
    expect(11, value($connection, 'SELECT value FROM counters WHERE id = ?', [1]));
}

function sql_state_of(callable $function): string
{
    try {
        $function();
        return 'none';
    } catch (PDOException $error) {
        return $error->getCode();
    }
}

$connection = connect();
$other = connect(); // a new session needs a new token
expect(42, value($connection, 'SELECT ?::int * 7', [6]));
expect("it's", value($connection, 'SELECT ?::text', ["it's"]));
$connection->exec('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)');
$insert = $connection->prepare('INSERT INTO counters VALUES (?, 0)');
transact($connection, function () use ($insert) {
    foreach (range(1, 99) as $id) {
        $insert->execute([$id]);
    }
});
expect(99, value($connection, 'SELECT count(*) FROM counters'));
conflict($connection, $other);
$connection->pgsqlCopyFromArray('counters', array_map(fn (int $id) => "$id\t5", range(100, 199)));
expect(500, value($connection, 'SELECT sum(value) FROM counters WHERE id >= 100'));
expect(3, $connection->exec('DELETE FROM counters WHERE id BETWEEN 100 AND 102'));
expect('22012', sql_state_of(fn () => $connection->exec('SELECT 1 / 0')));
try {
    connect('no-token');
    throw new Exception('a wrong token was accepted');
} catch (PDOException $error) {
    expect(true, str_contains($error->getMessage(), 'unable to accept connection, access denied'));
}
