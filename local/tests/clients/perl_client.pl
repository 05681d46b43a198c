# SPDX-License-Identifier: Apache-2.0
# Perl's DBI with DBD::Pg: a client on libpq, so `hostaddr` says where the endpoint is.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:pg_types);

my $host = $ENV{CLUSTER_ENDPOINT};

sub new_token {
    my $token = qx{dsql token --host $host --user admin};
    chomp $token;
    return $token;
}

sub open_connection {
    my ($password) = @_;
    my %parameters = (
        host => $host, hostaddr => $ENV{DSQL_HOST_ADDRESS}, port => $ENV{DSQL_PORT}, dbname => 'postgres',
        sslmode => 'verify-full', sslrootcert => $ENV{DSQL_SSL_ROOT_CERT});
    my $source = 'dbi:Pg:' . join ';', map {"$_=$parameters{$_}"} sort keys %parameters;
    # What DBD::Pg prepares it frees by DEALLOCATE, which Aurora DSQL does not have.
    my %options = (RaiseError => 1, PrintError => 0, pg_server_prepare => 0);
    return DBI->connect($source, 'admin', $password // new_token(), \%options);
}

sub expect {
    my ($wanted, $got, $what) = @_;
    die "$what: expected $wanted, got $got\n" unless $wanted eq $got;
    return;
}

# Calls the function in a transaction, with the number of the attempt, until it does not conflict.
sub transact {
    my ($connection, $function) = @_;
    for my $attempt (1 .. 5) {
        $connection->begin_work;
        return $attempt if eval { $function->($attempt); $connection->commit; 1 };
        my ($state, $error) = ($connection->state, $@);
        $connection->rollback unless $connection->{AutoCommit};
        die $error unless $state eq '40001';
    }
    die "still conflicts after five attempts\n";
}

my $connection = open_connection();
my $other = open_connection();
expect(42, $connection->selectrow_array('SELECT ?::int * 7', undef, 6), 'six times seven');
expect(q{it's}, $connection->selectrow_array(q{SELECT ?::text}, undef, q{it's}), 'a text');
my $bytes = $connection->prepare('SELECT ?::bytea');
$bytes->bind_param(1, "\0\xff", {pg_type => PG_BYTEA});
$bytes->execute;
expect("\0\xff", $bytes->fetchrow_array, 'bytes');
$bytes->finish;

$connection->do('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)');
my $insert = $connection->prepare('INSERT INTO counters VALUES (?, ?)');
my $inserted = $insert->execute_array({}, [1 .. 99], 0);
expect(99, $inserted, 'rows inserted');

my $attempts = transact($connection, sub {
    my ($attempt) = @_;
    $connection->selectrow_array('SELECT value FROM counters WHERE id = 1');
    if ($attempt == 1) {
        transact($other, sub { $other->do('UPDATE counters SET value = value + 10 WHERE id = 1') });
    }
    $connection->do('UPDATE counters SET value = value + 1 WHERE id = ?', undef, 1);
});
expect(2, $attempts, 'attempts');
expect(11, $connection->selectrow_array('SELECT value FROM counters WHERE id = 1'), 'both changes');

$connection->do('COPY counters FROM STDIN');
$connection->pg_putcopydata("$_\t5\n") for 100 .. 199;
$connection->pg_putcopyend;
expect(500, $connection->selectrow_array('SELECT sum(value) FROM counters WHERE id >= 100'), 'the copied rows');
expect(3, $connection->do('DELETE FROM counters WHERE id IN (?, ?, ?)', undef, 100, 101, 102), 'rows deleted');

eval { $connection->do('SELECT 1 / 0'); 1 } and die "a division by zero succeeded\n";
expect('22012', $connection->state, 'a division by zero');
expect('id,value', join(',', @{$connection->selectcol_arrayref(
    $connection->column_info(undef, 'public', 'counters', undef), {Columns => [4]})}), 'the columns');
eval { open_connection('no-token'); 1 } and die "a wrong token was accepted\n";
expect(1, $@ =~ /unable to accept connection, access denied/ ? 1 : $@, 'a rejected login');
$_->disconnect for $connection, $other;
