#!/usr/bin/env bash
# Makes an authority and a certificate that it signed, for the processes of a cluster of segment-coverage-fleet:
#
#     packaging/certificates.sh FOLDER [NAME ...]
#
# With names it makes a certificate and key for each, NAME.pem and NAME.key, or else silo.pem and silo.key. An authority that is
# there already signs again. Keep authority.key away from the machines that run the processes.
set -euo pipefail
if (($# == 0)); then
  echo "usage: $0 FOLDER [NAME ...]" >&2
  exit 64
fi
folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"
if [[ ! -e authority.key ]]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=segment-coverage-fleet" \
    -keyout authority.key -out authority.pem
fi
for name in "${@:-silo}"; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA authority.pem -CAkey authority.key -days 825 -out "$name.pem" \
    -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\n')
  rm "$name.csr"
done
chmod 644 ./*.pem
