# What deploy/config/look-around.mjs tells, for an image of busybox alone.
volumes=
for folder in /volumes/*/*; do
    [ -e "$folder" ] || continue
    service=${folder%/*}
    uid=$(stat -c %u "$folder") gid=$(stat -c %g "$folder") mode=$((0$(stat -c %a "$folder")))
    volumes="$volumes${volumes:+,}{\"service\":\"${service##*/}\",\"volume\":\"${folder##*/}\",\"uid\":$uid,\"gid\":$gid,\"mode\":$mode}"
done
df -k / | tail -n 1 | {
    read -r _ all _ free _
    echo "{\"node\":\"$NODE\",\"nowMs\":$(date +%s)000,\"disk\":{\"bytes\":$((all * 1024)),\"freeBytes\":$((free * 1024))},\"volumes\":[$volumes]}"
}
