#!/bin/sh
# Verifies this audit bundle with git, ssh-keygen and what every POSIX system has besides. README.md tells about it.
#
#     sh verify.sh ROOT
#
# ROOT is the id of the ledger's first policy record, as somebody else than the maker of this bundle told it to you.
# Exit code: 0 all is good, 1 there are problems, 2 it could not be verified.

set -u
LC_ALL=C; export LC_ALL
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null; export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL
unset CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES \
    GIT_NAMESPACE GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_SHALLOW_FILE

shown() { printf '%s\n' "$1" | tr -cd ' -~\n'; }                       # text of the bundle: no control characters
problem() { shown "PROBLEM: $1" >&2; found=$((found + 1)); }
problems() { while read -r text; do problem "$text"; done < "$1"; }   # problems FILE: each of its lines
fail() { echo "verify.sh: $1" >&2; exit 2; }
scan() { awk "$@" || fail "awk failed, so nothing is verified"; }       # a check that did not run found nothing
is_id() { case $1 in *[!0-9a-f]*) return 1 ;; esac; [ "${#1}" = 64 ]; }

case :$PATH: in *:[!/]*)
    fail "PATH has a folder that is not absolute: programs could come from this bundle. Set PATH=/usr/bin:/bin" ;;
esac
case $0 in */*) cd -- "${0%/*}" || exit 2 ;; esac
for tool in git ssh-keygen awk cat cmp cp find grep head mkdir mktemp od rm sed sort tr wc; do
    command -v "$tool" > /dev/null || fail "there is no $tool here"
done
if command -v sha256sum > /dev/null; then sum=sha256sum
elif command -v shasum > /dev/null; then sum='shasum -a 256'
elif command -v openssl > /dev/null; then sum='openssl dgst -sha256 -r'
else fail "there is no sha256sum, shasum or openssl here"
fi
[ -f SHA256SUMS ] && [ -f root ] && [ -d records ] || fail "this folder is no audit bundle: a part of it is missing"
[ $# -le 1 ] || fail "it takes one argument: sh verify.sh ROOT"
here=$(head -n 1 root | tr -cd '0-9a-f')
ROOT=${1-$here}
is_id "$ROOT" || fail "expected 64 digits of 0-9 and a-f as root: sh verify.sh ROOT"
tab=$(printf '\t')
found=0
WORK=$(mktemp -d) || exit 2
trap 'rm -rf "$WORK"' EXIT
trap 'exit 2' HUP INT TERM
case $WORK in *[!A-Za-z0-9/.,_+@-]*) fail "TMPDIR has a name with other characters than A-Z, a-z, 0-9 and /.,_+@-" ;; esac
mkdir "$WORK/taken" "$WORK/live" "$WORK/waiting" "$WORK/refused" "$WORK/extra" || exit 2

# --- 1. The files are those of SHA256SUMS, no more and no fewer ------------------------------------------------------

# What is read below has file names in it, line by line and between tabs.
find . -name '*[!A-Za-z0-9._%-]*' > "$WORK/odd" || fail "a folder here cannot be read"
if [ -s "$WORK/odd" ]; then
    problem "a file has a name that no bundle has: $(head -n 1 "$WORK/odd")"
    exit 1
fi
find . ! -type d ! -type f > "$WORK/odd"
while read -r path; do problem "${path#./}: it is no plain file"; done < "$WORK/odd"
digests() {                                 # digests FOLDER FIND-ARGUMENTS: the digest and the name of each file in it
    # shellcheck disable=SC2086 # the program and its arguments
    find "$@" -exec $sum {} + > "$WORK/raw" || fail "a file here cannot be read"
    sed 's/^\([0-9a-f]*\) [ *]\(\.\/\)*/\1  /' "$WORK/raw"
}
digests . -type f ! -path ./SHA256SUMS > "$WORK/sums"
scan '
    { path = substr($0, 67) }
    FILENAME == "SHA256SUMS" { wanted[path] = substr($0, 1, 64); next }
    { there[path] = 1 }
    path !~ /^(README\.md|root|part|verify\.sh|ledger\.bundle|records\/.*|signers\/[^\/]*)$/ {
        print path ": it belongs to no bundle"
    }
    !(path in wanted) { print path ": it is not in SHA256SUMS"; next }
    wanted[path] != substr($0, 1, 64) { print path ": its bytes are not those that SHA256SUMS tells" }
    END { for (path in wanted) if (!(path in there)) print path ": SHA256SUMS tells of it, and it is not here" }
' SHA256SUMS "$WORK/sums" > "$WORK/found"
problems "$WORK/found"

if [ "$ROOT" != "$here" ]; then
    problem "root: this bundle is of the ledger $here, not of $ROOT"
    exit 1
fi

# --- 2. What the records say -----------------------------------------------------------------------------------------

# A record is JSON in one spelling: each value on a line of its own, and the record's own keys with two spaces before them.
# Where a line is not of that form or a key stands twice, somebody could read there what a program that knows JSON does not.
cat > "$WORK/describe.awk" <<'DESCRIBE'
function text(line) { sub(/^ *"[a-z_]*": "/, "", line); sub(/",?$/, "", line); return line }
function plain(coded,    out, at, mark) {
    while ((at = index(coded, "\\")) > 0) {
        mark = substr(coded, at + 1, 1)
        if (mark != "\"" && mark != "\\") misspelled = 1      # a name has no other
        out = out substr(coded, 1, at - 1) mark
        coded = substr(coded, at + 2)
    }
    return out coded
}
function tell(    stamp, i, model, version) {
    if (file == "") return
    stamp = own["created"]
    sub(/\.[0-9]*Z$/, "Z", stamp); gsub(/[-:]/, "", stamp)
    model = plain(own["model"]); version = plain(own["version"])
    if (misspelled || level > 0) {
        print "record\t" file "\t=!\t=\t=\t=\t=\t=\t=\t="
        return
    }
    print "record\t" file "\t=" own["author"] "\t=" own["kind"] "\t=" stamp "\t=" model "\t=" version \
        "\t=" own["policy"] "\t=" own["ledger"] "\t=" own["endorses"]
    for (i = 1; i <= count; i++)
        print "parent\t" parents[i] "\t" file "\t" (parents[i] == before && from != own["version"] ? "elsewhere" : "-")
    for (i = 1; i <= gone; i++) print "annulled\t" annulled[i] "\t" file
    for (i = 1; i <= ended; i++) print "revoked\t" revoked[i] "\t" file
    if (own["seal"] != "") print "seal\t" own["seal"] "\t" file
    if (quorum != "") print "quorum\t" quorum "\t" file
    for (i = 1; i <= admins; i++) print "admin\t" admin[i] "\t" file
    for (i = 1; i <= listed; i++) print "signer\t" signer[i] "\t" file
}
function is_json(    body, bare, key) {     # may this line stand here?
    body = $0
    sub(/^ */, "", body)
    bare = body
    gsub(/\\./, "", bare)
    if (body ~ /^[]}]/) {
        if (level < 1 || opened || comma || substr(body, 1, 1) != closer[level] || body !~ /^.,?$/) return 0
        level--
    } else {
        if (FNR == 1 ? body != "{" : level < 1 || opened + comma != 1) return 0
        if (FNR > 1 && closer[level] == "}") {
            if (bare !~ /^"[^"]*": ./) return 0
            key = place[level] " " substr(body, 1, index(body, "\": "))
            if (seen[key]++) return 0
            sub(/^"[^"]*": /, "", bare)
        }
        if (bare !~ /^("[^"]*"|-?[0-9][-+.0-9e]*|true|false|\[\]|[{]}),?$/ && bare != "{" && bare != "[") return 0
    }
    if (length($0) - length(body) != 2 * level) return 0
    opened = bare == "{" || bare == "["
    comma = bare ~ /,$/
    if (opened) { closer[++level] = bare == "{" ? "}" : "]"; place[level] = ++objects }
    return level > 0 || !comma
}
FNR == 1 {
    tell()
    file = FILENAME
    for (key in own) delete own[key]
    for (key in seen) delete seen[key]
    list = section = quorum = before = from = holder = ""
    misspelled = inside = count = gone = ended = admins = listed = level = opened = comma = objects = 0
}
misspelled { next }
/[\001-\037]/ || !is_json() { misspelled = 1; next }
/^  "(author|kind|created|model|version|policy|ledger|endorses|seal)": "/ {
    key = $1
    gsub(/[":]/, "", key)
    own[key] = text($0)
}
/^  "/ { list = $1; section = ""; inside = $1 == "\"previous\":" }
list == "\"parents\":" && /^    "/ { gsub(/[^0-9a-f]/, ""); parents[++count] = $0 }
list == "\"annuls\":" && /^    "/ { gsub(/[^0-9a-f]/, ""); annulled[++gone] = $0 }
list == "\"revoked\":" && /^    "/ { sub(/^ *"/, ""); sub(/",?$/, ""); revoked[++ended] = $0 }
list == "\"parsed\":" && /^    "/ { section = $1 }
section == "\"admin_quorum\":" && /^    "/ { quorum = $2; gsub(/[^0-9]/, "", quorum) }
section == "\"members\":" && /^        "principal": "/ { member = text($0) }
section == "\"members\":" && /^          "admin"/ { admin[++admins] = member }
section == "\"signers\":" && /^        "principal": "/ { holder = text($0) }
section == "\"signers\":" && /^        "key": "/ { signer[++listed] = holder " " text($0) }
inside && /^    "version": "/ { from = text($0) }
inside && /^    "id": "/ { before = text($0) }
END { tell() }
DESCRIBE
describe() {                                # describe FOLDER: what the records in it say
    find "$1" -type f -name '*.json' -exec awk -f "$WORK/describe.awk" {} + || fail "awk failed, so nothing is verified"
}
rows() {                                    # rows SUMS DESCRIBED: digest, file and content of each record, by file
    scan -F '\t' '
        NR == FNR { digest[substr($0, 67)] = substr($0, 1, 64); next }
        $1 == "record" { sub(/^record\t/, ""); print digest[$1] "\t" $0 }
    ' "$1" "$2" > "$WORK/unsorted"
    sort -k 2 "$WORK/unsorted" || fail "sort failed, so nothing is verified"
}
[ "$(find records -type f -name '*.json' -exec cat {} + | tr -cd '\000' | wc -c | tr -d ' ')" = 0 ] ||
    problem "records: one has a NUL byte, so it is not spelled as records are"
describe records > "$WORK/described"
rows "$WORK/sums" "$WORK/described" > "$WORK/rows"
scan -F '\t' '                              # what policies say, by their ids
    FILENAME ~ /\/rows$/ { if ($4 == "=policy") id[$2] = $1; next }
    $1 != "record" && ($3 in id) { print $1 "\t" $2 "\t" id[$3] }
' "$WORK/rows" "$WORK/described" > "$WORK/facts"

# --- 3. What makes a record good -------------------------------------------------------------------------------------

encode() {                                  # a name, as it is spelled in a path
    printf '%s' "$1" | od -An -v -tx1 | tr -s ' ' '\n' | awk '
        BEGIN {
            for (i = 33; i < 127; i++) {
                mark = sprintf("%c", i)
                if (mark ~ /[A-Za-z0-9._-]/) plain[sprintf("%02x", i)] = mark
            }
        }
        /./ { printf "%s", ($1 in plain) ? plain[$1] : "%" toupper($1) }'
}
spell() { case $1 in *[!A-Za-z0-9._-]*) SPELLED=$(encode "$1") ;; *) SPELLED=$1 ;; esac; }
good() {                                    # good SIGNERS: is the record in $file, with the path $path? Else WHY not
    WHY="it or its signature is not here"
    [ -f "$file" ] && [ -f "$file.sig" ] || return 1
    WHY="its bytes have the id $digest, not the one in its name"
    case $path in *-"$digest.json") ;; *) return 1 ;; esac
    WHY="it is not spelled as records are"
    [ "$author" != '!' ] || return 1
    case $kind in
        policy | endorsement) place=policy ;;
        *) spell "$model"; place=models/$SPELLED; spell "$version"; place=$place/$SPELLED ;;
    esac
    place="records/$place/$stamp-$kind-$digest.json"
    WHY="it belongs at $place"
    [ "$path" = "$place" ] || return 1
    WHY="it belongs to another ledger"
    if [ "$digest" = "$ROOT" ]; then [ -z "$ledger" ] || return 1; else [ "$ledger" = "$ROOT" ] || return 1; fi
    WHY="its author is none"
    case $author in '' | *[!a-z0-9._+@-]*) return 1 ;; esac
    WHY="not signed by $author with a key that policy ${policy:-before it} lists for this name"
    ssh-keygen -Y verify -f "$1" -I "$author" -n gitgates -s "$file.sig" < "$file" > /dev/null 2>&1
}
row() {                                     # reads one row of stdin into variables
    IFS=$tab read -r digest file author kind stamp model version policy ledger endorses || return 1
    author=${author#=} kind=${kind#=} stamp=${stamp#=} model=${model#=} version=${version#=}
    policy=${policy#=} ledger=${ledger#=} endorses=${endorses#=} path=$file
}
signers() {                                 # the "allowed_signers" of $file, into $WORK/own
    sed -n 's/^  "allowed_signers": "\(.*\)",\{0,1\}$/\1/p' "$file" | head -n 1 | awk '{
        while ((at = index($0, "\\")) > 0) {
            printf "%s", substr($0, 1, at - 1)
            mark = substr($0, at + 1, 1)
            if (mark == "n") printf "\n"
            else if (mark == "\"" || mark == "\\") printf "%s", mark
            else exit
            $0 = substr($0, at + 2)
        }
        printf "%s", $0
    }' > "$WORK/own"
    # Another option, a pattern or a list of names could let a key sign for others.
    line='[a-z0-9._+@-]+ namespaces="gitgates" [a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?'
    ! grep -v -E "^\$|^#|^$line\$" "$WORK/own" > /dev/null || return 1
    [ "$(wc -l < "$WORK/own")" -eq "$(grep -c '' "$WORK/own")" ]    # lists are joined, so the last line ends too
}
policy_is_good() {                          # may $file be a policy? Else WHY not
    WHY="it lists signers in a way that the format does not allow"
    signers || return 1
    if [ "$digest" = "$ROOT" ]; then good "$WORK/own"; else good "$WORK/signers"; fi
}
is_one() {                                  # does the policy in $file say twice the same of who its signers are? Else WHY
    awk -F '\t' -v own="$digest" '$1 == "signer" && $3 == own { print $2 }' "$WORK/facts" | sort > "$WORK/parsed"
    sed '/^#/d; /^$/d; s/^\([^ ]*\) [^ ]* \([^ ]* [^ ]*\).*/\1 \2/' "$WORK/own" | sort > "$WORK/told"
    cmp -s "$WORK/told" "$WORK/parsed" || { WHY="its signers are not the same in its text and its table"; return 1; }
}
supporters() {                              # supporters SIGNERS: who of these signed or endorsed the policy in $file
    ! good "$1" || echo "$author"
    [ "$digest" != "$ROOT" ] || return 0
    awk -F '\t' -v policy="=$digest" '$4 == "=endorsement" && $10 == policy' "$WORK/rows" > "$WORK/endorsements"
    while row; do ! good "$1" || echo "$author"; done < "$WORK/endorsements"
}
ask() {                                     # ask POLICY SIGNERS: which admins of it signed or endorsed the policy in $file
    (supporters "$2") | awk -F '\t' -v of="$1" '
        FILENAME ~ /\/facts$/ { if ($1 == "admin" && $3 == of) is_admin[$2] = 1; next }
        ($0 in is_admin) && !counted[$0]++ { print of "\t" $0 }
    ' "$WORK/facts" -
}
lineage() {                                 # the policies before $file, into $WORK/before; fails if one is not accepted
    awk -F '\t' -v own="$digest" -v root="$ROOT" '
        FILENAME ~ /\/accepted$/ { is_accepted[$1] = 1; next }
        $1 == "parent" { parents[$3] = parents[$3] " " $2 }
        END {
            if ((own == root) != (parents[own] == "")) exit 1
            queue[last = 1] = own
            for (at = 1; at <= last; at++) {
                count = split(parents[queue[at]], parent, " ")
                for (i = 1; i <= count; i++) {
                    if (!(parent[i] in is_accepted)) exit 1
                    if (!seen[parent[i]]++) print queue[++last] = parent[i]
                }
            }
        }
    ' "$WORK/accepted" "$WORK/facts" > "$WORK/before"
}
unrevoked() {                               # $WORK/own without the keys that its policy, or one before it, revokes
    echo "$digest" | awk -F '\t' '
        FILENAME ~ /\/own$/ { split($0, part, " "); if (!((part[3] " " part[4]) in gone)) print; next }
        FILENAME ~ /\/facts$/ { if ($1 == "revoked" && ($3 in lineage)) gone[$2] = 1; next }
        { lineage[$1] = 1 }
    ' "$WORK/before" - "$WORK/facts" "$WORK/own" > "$WORK/unrevoked"
}
accepted() {                                # is $file signed by as many admins as it and those that it follows ask for?
    lineage && unrevoked && is_one || return 1
    awk -F '\t' -v own="$digest" '$1 == "parent" && $3 == own { print $2 }' "$WORK/facts" | sort -u > "$WORK/asked"
    # Each list of signers has its say on its own: what a candidate lists must not count for those before it.
    ask "$digest" "$WORK/unrevoked" > "$WORK/votes"
    while read -r parent; do ask "$parent" "$WORK/live/$parent"; done < "$WORK/asked" >> "$WORK/votes"
    awk -F '\t' -v own="$digest" -v root="$ROOT" '
        FILENAME ~ /\/votes$/ { votes[$1]++; next }
        FILENAME ~ /\/asked$/ { asked[$1] = 1; next }
        $1 == "quorum" { quorum[$3] = own == root ? 1 : $2 + 0 }
        END {
            asked[own] = 1
            for (one in asked) if (quorum[one] < 1 || votes[one] + 0 < quorum[one]) exit 1
        }
    ' "$WORK/votes" "$WORK/asked" "$WORK/facts" || return 1
    while read -r before; do cat "$WORK/taken/$before"; done < "$WORK/before" > "$WORK/earlier"
    awk '                                   # a key belongs to one name for ever
        /^#/ || /^$/ { next }
        { key = $3 " " $4 }
        key in holder && holder[key] != $1 { exit 1 }
        { holder[key] = $1 }
    ' "$WORK/earlier" "$WORK/own"
}
take() {                                    # the policy in $file counts from here on
    cp "$WORK/own" "$WORK/taken/$digest" && cp "$WORK/unrevoked" "$WORK/live/$digest" || fail "$WORK cannot be written"
    cat "$WORK/own" >> "$WORK/signers"
    echo "$digest" >> "$WORK/accepted"
    echo "$digest $path" >> "$WORK/good"
    by=$(awk -F '\t' '!told[$2]++ { print $2 }' "$WORK/votes" | sort | awk '{ printf "%s%s", sep, $0; sep = ", " }')
    shown "accepted: policy $digest, of $stamp, by $by"
}
put_off() {                                 # the policy in $file is well signed, and not accepted
    while read -r one; do ask "$one" "$WORK/taken/$one"; done < "$WORK/accepted" > "$WORK/votes"
    state=refused
    [ ! -s "$WORK/votes" ] || state=waiting
    [ "$state" = refused ] || is_one || problem "$path: $WHY"
    [ "$state" = refused ] || echo "$digest $path" >> "$WORK/good"
    cp "$WORK/own" "$WORK/$state/$digest" || fail "$WORK cannot be written"
    shown "not accepted: policy $digest, of $stamp, by $author"
}
judge() {                                   # is the record in $file good, of whatever kind? Else WHY not
    named=$policy
    case $kind in
        '') good "$WORK/signers" ;;
        policy) policy_is_good ;;
        endorsement) named=$endorses; good "$WORK/signers" || { is_put_off waiting && good "$WORK/waiting/$named"; } ;;
        *)
            WHY="the policy that it names is not here: $policy"
            is_id "$policy" || return 1
            ! is_put_off waiting && ! is_put_off refused || WHY="the policy that it names lacks signatures: $policy"
            [ -f "$WORK/taken/$policy" ] && good "$WORK/taken/$policy" ;;
    esac
}
is_put_off() { is_id "$named" && [ -f "$WORK/$1/$named" ]; }

# --- 4. The policies, from the root on -------------------------------------------------------------------------------

: > "$WORK/signers"
: > "$WORK/accepted"
: > "$WORK/good"
awk -F '\t' '$4 == "=policy"' "$WORK/rows" > "$WORK/policies"
awk -F '\t' -v root="$ROOT" '$1 == root' "$WORK/policies" > "$WORK/first"
if [ ! -s "$WORK/first" ]; then
    problem "root: the policy $ROOT, which is the root, is not here"
elif row < "$WORK/first" && policy_is_good && { WHY="it is no root, or its author is no admin of it"; accepted; }; then
    take
else
    problem "$path: $WHY"
fi
added=yes
while [ "$added" = yes ]; do
    added=no
    while row; do
        if [ ! -f "$WORK/taken/$digest" ] && [ "$digest" != "$ROOT" ] && policy_is_good && accepted; then
            take
            added=yes
        fi
    done < "$WORK/policies"
done
while row; do
    if [ ! -f "$WORK/taken/$digest" ] && [ "$digest" != "$ROOT" ]; then
        if policy_is_good; then put_off; else problem "$path: $WHY"; fi
    fi
    signers
    cmp -s "$WORK/own" "signers/$digest" || problem "signers/$digest: it is not the list inside that policy"
done < "$WORK/policies"
awk '{ print $1 }' "$WORK/policies" > "$WORK/ids"
for path in signers/*; do
    grep -q -x -F -e "${path#signers/}" "$WORK/ids" || problem "$path: no policy here lists these"
done

# --- 5. Every record, every signature, every seal --------------------------------------------------------------------

idle=0 whole=yes few=no within='' name=''
if [ -f part ]; then
    whole=no
    name=$(head -n 1 part)
    spell "${name%%:*}"
    within=$SPELLED/
    case $name in *:*) few=yes; spell "${name#*:}"; within=$within$SPELLED/ ;; esac
    [ ! -f ledger.bundle ] || problem "ledger.bundle: a part has no history"
fi
scan -F '\t' '$4 != "=policy"' "$WORK/rows" > "$WORK/others"
while row; do
    case $path in
        records/policy/* | "records/models/$within"*) ;;
        *) problem "$path: it does not belong to the part $name" ;;
    esac
    if judge; then
        echo "$digest $path" >> "$WORK/good"
    elif { is_put_off refused || is_put_off waiting; } && good "$WORK/signers"; then
        problem "$path: the policy that it names lacks signatures: $named"
    elif is_put_off refused && good "$WORK/refused/$named"; then
        idle=$((idle + 1))
    else
        problem "$path: $WHY"
    fi
done < "$WORK/others"
scan '
    { path = substr($0, 67) }
    NR == FNR { there[path] = 1; next }
    path !~ /^records\// { next }
    path ~ /\.json$/ { next }
    path ~ /\.json\.sig$/ {
        if (!(substr(path, 1, length(path) - 4) in there)) print path ": it is a signature of nothing"
        next
    }
    path ~ /\.seal$/ {
        digest = substr($0, 1, 64)
        if (path != "records/policy/" digest ".seal") print path ": its bytes have the digest " digest
        next
    }
    { print path ": it is no record" }
' "$WORK/sums" "$WORK/sums" > "$WORK/found"
problems "$WORK/found"
scan -F '\t' '
    NR == FNR { sub(/^[0-9a-f]*  /, ""); if ($0 ~ /^records\/.*\.json$/) there[$0] = 1; next }
    { delete there[$2] }
    END { for (path in there) print path ": it is no record" }
' "$WORK/sums" "$WORK/rows" > "$WORK/found"
problems "$WORK/found"

# --- 6. Nothing that a record or a seal names is missing -------------------------------------------------------------

scan -F '\t' '                              # the seals of accepted policies, and those that no policy names
    FILENAME ~ /\/accepted$/ { is_accepted[$1] = 1; next }
    FILENAME ~ /\/facts$/ {
        if ($1 == "seal") named["records/policy/" $2 ".seal"] = 1
        if ($1 == "seal" && ($3 in is_accepted)) holds["records/policy/" $2 ".seal"] = 1
        next
    }
    { path = substr($0, 67) }
    path in holds { print path > seals }
    path ~ /\.seal$/ && !(path in named) { print path ": no policy here names it" }
' seals="$WORK/seals" "$WORK/accepted" "$WORK/facts" "$WORK/sums" > "$WORK/found"
problems "$WORK/found"
: > "$WORK/heads"
[ ! -f "$WORK/seals" ] || while read -r path; do
    scan -v within="$within" '
        within == "" || index($1 "/", within) == 1 { for (i = 2; i <= NF; i++) print "parent\t" $i "\t" FILENAME "\t-" }
    ' "$path"
done < "$WORK/seals" > "$WORK/heads"
scan -F '\t' -v few="$few" '
    FILENAME ~ /\/good$/ { split($0, part, " "); id[part[1]] = 1; is_good[part[2]] = 1; next }
    FILENAME ~ /\/sums$/ { path = substr($0, 67); if (path ~ /\.seal$/) seal[path] = 1; next }
    FILENAME ~ /\/accepted$/ { is_accepted[$1] = 1; next }
    FILENAME ~ /\/facts$/ {
        if ($1 == "annulled" && ($3 in is_accepted)) id[$2] = 1
        if ($1 == "admin" && ($3 in is_accepted)) is_admin["=" $2] = 1
        next
    }
    FILENAME ~ /\/rows$/ {
        if ($4 == "=policy") id_of_policy[$1] = 1
        if ($4 == "=endorsement" && ($2 in is_good) && ($3 in is_admin)) endorsed[$2] = substr($10, 2)
        next
    }
    FILENAME ~ /\/described$/ && !($3 in is_good) { next }
    $1 == "seal" && !(("records/policy/" $2 ".seal") in seal) { print "missing: the seal " $2 ", which " $3 " names" }
    $1 == "parent" { named[++count] = $2; by[count] = $3; note[count] = $4 }
    END {
        for (i = 1; i <= count; i++)
            if (!(named[i] in id) && !(few == "yes" && note[i] == "elsewhere"))
                print "missing: the record " named[i] ", which " by[i] " names"
        for (path in endorsed)
            if (!(endorsed[path] in id_of_policy) && !(endorsed[path] in id))
                print "missing: the policy " endorsed[path] ", which " path " names"
    }
' "$WORK/good" "$WORK/sums" "$WORK/accepted" "$WORK/facts" "$WORK/rows" "$WORK/described" "$WORK/heads" > "$WORK/found"
problems "$WORK/found"

# --- 7. The git history has the same ---------------------------------------------------------------------------------

others=0
history() {                                 # the ledger of the git bundle, file by file, into $WORK/list
    format=$(head -n 3 ledger.bundle | sed -n 's/^@object-format=//p')
    git init --quiet --bare --template= --object-format="${format:-sha1}" "$WORK/git" &&
        repository bundle verify --quiet "$(pwd)/ledger.bundle" > /dev/null 2>&1 &&
        repository fetch --quiet --no-tags "$(pwd)/ledger.bundle" '+refs/heads/*:refs/heads/*' > /dev/null 2>&1 ||
        return 1
    repository for-each-ref --format='%(objectname)' refs/heads > "$WORK/tips"
    while read -r tip; do
        repository ls-tree -r --full-tree "$tip" .quality-gates/policy .quality-gates/models || return 1
    done < "$WORK/tips" > "$WORK/list"
    [ -s "$WORK/list" ]
}
repository() { git --no-replace-objects --git-dir="$WORK/git" "$@"; }
compare() {
    find records -type f | sort > "$WORK/paths"
    repository hash-object --no-filters --stdin-paths < "$WORK/paths" > "$WORK/blobs"
    scan -F '\t' '
        FILENAME ~ /\/list$/ { split($1, part, " "); if (part[1] == "100644") has[$2, part[3]] = 1; next }
        FILENAME ~ /\/blobs$/ { blob[++count] = $0; next }
        { stored = ".quality-gates/" substr($0, 9) }
        !((stored, blob[++at]) in has) { print $0 ": ledger.bundle does not have it so" }
    ' "$WORK/list" "$WORK/blobs" "$WORK/paths" > "$WORK/found"
    problems "$WORK/found"
}
extract() {                                 # what git has beside the records, as $WORK/extra/NUMBER.json
    scan -F '\t' '                          # of several with one name, each may be the one that counts
        FILENAME ~ /\/paths$/ { there[".quality-gates/" substr($0, 9)] = 1; next }
        $1 !~ /^100644 blob / { next }
        { split($1, part, " ") }
        $2 ~ /\.json$/ && $2 !~ /\/model\.json$/ && !($2 in there) { blobs[$2] = blobs[$2] " " part[3] }
        $2 ~ /\.json\.sig$/ { signatures[$2] = signatures[$2] " " part[3] }
        END {
            for (path in blobs) {
                count = split(blobs[path], blob, " ")
                signed = split(signatures[path ".sig"], signature, " ")
                for (i = 1; i <= count; i++)
                    for (j = 1; j <= signed || j == 1; j++) print blob[i] " " (signed ? signature[j] : "-") " " path
            }
        }
    ' "$WORK/paths" "$WORK/list" > "$WORK/unknown"
    while read -r blob signature path; do
        others=$((others + 1))
        repository cat-file blob "$blob" > "$WORK/extra/$others.json" || fail "git failed, so nothing is verified"
        [ "$signature" = - ] || repository cat-file blob "$signature" > "$WORK/extra/$others.json.sig" ||
            fail "git failed, so nothing is verified"
    done < "$WORK/unknown"
}
left_out() {                                # a record that git has must be among the records
    extract
    [ "$others" -gt 0 ] || return 0
    digests "$WORK/extra" -type f -name '*.json' > "$WORK/extra-sums"
    describe "$WORK/extra" > "$WORK/extra-described"
    rows "$WORK/extra-sums" "$WORK/extra-described" > "$WORK/extra-rows"
    while row; do
        number=${file##*/}
        path=$(sed -n "${number%.json}p" "$WORK/unknown" | sed 's/^[^ ]* [^ ]* //')
        path=records/${path#.quality-gates/}
        if judge; then
            problem "$path: ledger.bundle has this record, and it is not here"
            others=$((others - 1))
        fi
    done < "$WORK/extra-rows"
}
if [ ! -f ledger.bundle ]; then
    echo "There is no ledger.bundle, so the git history was not compared."
elif history; then
    compare
    left_out
else
    problem "ledger.bundle: git cannot read it"
fi

# --- The result ------------------------------------------------------------------------------------------------------

count=$(wc -l < "$WORK/good" | tr -d ' ')
[ "$others" = 0 ] || echo "ledger.bundle has $others other files where records lie: they count for nothing."
[ "$idle" = 0 ] || echo "$idle records name a policy by somebody who is no admin: they count for nothing."
[ "$whole" = yes ] || shown "This is a part of the ledger: $(head -n 1 part). What else there is, it does not tell."
if [ "$found" != 0 ]; then
    echo "$count records are good; $found problem(s), see above." >&2
    exit 1
fi
[ -f "$WORK/taken/$ROOT" ] || fail "$WORK cannot be written, so nothing is verified"
echo "All $count records are good. The root is $ROOT."
[ $# -gt 0 ] || echo "Ask somebody else than the maker of this bundle whether that is the root, or nothing is proved."
echo "Not checked: roles, revoked keys, and what may be deployed. README.md tells more."
