# Completion for bash, written by ./build.sh cli. Do not edit it here.
_segment_coverage() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} base=${SEGMENT_COVERAGE_BASE_DIR:-.}
    local at options hours
    local -A channels=() qualities=()
    # --name=value is three words to bash.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case $before in
    --base-dir | --output-dir)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --trust-stamps)
        mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word")
        return
        ;;
    --epoch)
        mapfile -t COMPREPLY < <(compgen -W "s ms us" -- "$word")
        return
        ;;
    --format)
        case ${COMP_WORDS[1]} in
            check) options="table json csv bed acknowledgements" ;;
            cut) options="table json" ;;
            verify) options="table json csv" ;;
            fleet) options="table json csv bed fetch aria2 curl sha256" ;;
            *) options="table json csv bed acknowledgements fetch aria2 curl sha256" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
        ;;
    --include)
        mapfile -t COMPREPLY < <(compgen -W "withheld" -- "$word")
        return
        ;;
    --log-format)
        mapfile -t COMPREPLY < <(compgen -W "text json" -- "$word")
        return
        ;;
    --log-level)
        mapfile -t COMPREPLY < <(compgen -W "trace debug information warning error critical" -- "$word")
        return
        ;;
    --first-hour | --last-hour | --tolerance | --layout | --zone | --duration | --duration-cache | --names | --intervals | --settling | --now | --expected | --expected-from | --expected-to | --acknowledged | --keep | --max-hole | --max-missing | --words | --start | --end | --range | --transition | --part | --for | --connection-string | --node | --node-file | --node-token-file | --self | --recent-cutoff | --backfill-window | --stale-after | --stuck-after | --verify-rate | --pixel | --rows | --metrics-port | --check-interval | --full-every | --forget-after | --backdoor-port | --verify-parts | --bind | --api-token-file | --allowed-hosts)
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        case ${COMP_WORDS[1]} in
            check) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --layout --zone --duration --duration-cache --names --intervals --epoch --settling --now --expected --expected-from --expected-to --acknowledged --keep --format --max-hole --max-missing --strict --words --sizes --version --help" ;;
            cut) options="--base-dir --trust-stamps --format --quality --start --end --range --transition --allow-holes --connection-string --node --node-file --node-token-file --self --fleet --version --help" ;;
            verify) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --layout --zone --duration --duration-cache --settling --now --format --part --measured --verify-rate --version --help" ;;
            fleet) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --now --format --for --include --connection-string --node --node-file --node-token-file --self --recent-cutoff --backfill-window --stale-after --stuck-after --version --help" ;;
            map) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --layout --zone --duration --duration-cache --names --intervals --epoch --settling --now --expected --expected-from --expected-to --acknowledged --keep --output-dir --pixel --rows --version --help" ;;
            serve) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --layout --zone --duration --duration-cache --settling --expected --expected-from --expected-to --acknowledged --keep --connection-string --node --node-file --node-token-file --self --recent-cutoff --backfill-window --stale-after --stuck-after --fleet --verify-rate --output-dir --pixel --rows --metrics-port --check-interval --full-every --forget-after --run-once --backdoor-port --make-page --verify-parts --bind --api-token-file --allowed-hosts --log-format --log-level --version --help" ;;
            *) options="--base-dir --trust-stamps --qualities --first-hour --last-hour --tolerance --layout --zone --duration --duration-cache --names --intervals --epoch --settling --now --expected --expected-from --expected-to --acknowledged --keep --format --max-hole --max-missing --strict --words --sizes --quality --start --end --range --transition --allow-holes --part --measured --for --include --connection-string --node --node-file --node-token-file --self --recent-cutoff --backfill-window --stale-after --stuck-after --fleet --verify-rate --output-dir --pixel --rows --metrics-port --check-interval --full-every --forget-after --run-once --backdoor-port --make-page --verify-parts --bind --api-token-file --allowed-hosts --log-format --log-level --version --help" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    for ((at = 1; at < COMP_CWORD; at++)); do
        if [[ ${COMP_WORDS[at]} == --base-dir ]]; then
            base=${COMP_WORDS[at + 1]}
            [[ $base != = ]] || base=${COMP_WORDS[at + 2]}
        fi
    done
    base=${base/#\~/$HOME}
    # Channels and qualities: the folders in the base that hold folders of hours, CHANNEL/QUALITY/HOUR.
    for at in "$base/"*/*/; do
        hours=("$at"????-??-??T??)
        [[ -d ${hours[0]} ]] || continue
        at=${at#"$base/"}
        at=${at%/}
        channels[${at%%/*}]=
        qualities[${at#*/}]=
    done
    case $before in
    --qualities | --quality)
        options=("${!qualities[@]}")
        ;;
    *)
        options=("${!channels[@]}")
        ((COMP_CWORD > 1)) || options+=(check cut verify fleet map serve)
        ;;
    esac
    for at in "${options[@]}"; do
        [[ $at != "$word"* ]] || COMPREPLY+=("$(printf %q "$at")")
    done
}
complete -F _segment_coverage segment-coverage segment-coverage-check
