# The records of all orders. `plan` writes nothing; it ends with 0 where nothing is to be done, so
# that a run without work leaves no trace, and `puppet apply --noop` shows what would run.
exec { 'dcvctl apply':
  command   => 'dcvctl apply -q --until published /etc/dcvctl/orders',
  unless    => 'dcvctl plan -q /etc/dcvctl/orders',
  path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
  logoutput => on_failure,
  timeout   => 900,
}
