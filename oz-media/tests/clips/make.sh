#!/bin/sh
# Makes the clips of this folder and expected.txt from ffmpeg's own test pattern. See README.md.
set -eu
cd "$(dirname "$0")"
pattern() { # size, rate and length of the pattern; then the options of the encoder and the output
    size=$1; shift
    ffmpeg -v error -y -f lavfi -i "testsrc2=size=$size:rate=10:duration=1" -fflags +bitexact -flags:v +bitexact "$@"
}
H264="-c:v libx264 -preset veryslow -crf 30 -threads 1"
HEVC="-c:v libx265 -preset medium -crf 30 -x265-params log-level=none:pools=none:frame-threads=1:info=0"
VP8="-c:v libvpx -b:v 60k -threads 1 -auto-alt-ref 1 -lag-in-frames 5"
VP9="-c:v libvpx-vp9 -b:v 60k -threads 1 -lag-in-frames 5"
AV1="-c:v libaom-av1 -crf 40 -cpu-used 6 -threads 1"
pattern 64x48 $H264 -profile:v baseline -pix_fmt yuv420p h264_baseline.mp4
pattern 64x48 $H264 -profile:v high -bf 3 -pix_fmt yuv420p h264_high.mp4
pattern 64x48 $H264 -profile:v high -bf 3 -pix_fmt yuv420p h264_high.mkv
pattern 64x48 $H264 -profile:v high10 -bf 2 -pix_fmt yuv420p10le h264_high10.mp4
pattern 64x48 $H264 -profile:v high422 -pix_fmt yuv422p h264_422.mp4
pattern 66x50 $H264 -pix_fmt yuv420p h264_cropped.mp4
pattern 64x48 $H264 -flags +ildct+ilme -pix_fmt yuv420p h264_interlaced.mp4
pattern 64x48 $H264 -color_range pc -colorspace bt709 -vf scale=out_range=pc:out_color_matrix=bt709 -pix_fmt yuv420p h264_bt709_full.mp4
pattern 64x48 $H264 -pix_fmt yuv420p -movflags +frag_keyframe+empty_moov+default_base_moof -g 4 h264_fragmented.mp4
pattern 64x48 $H264 -pix_fmt yuv444p -profile:v high444 h264_444.mp4
pattern 64x48 $HEVC -pix_fmt yuv420p -tag:v hvc1 hevc.mp4
pattern 64x48 $HEVC -pix_fmt yuv420p hevc.mkv
pattern 64x48 $HEVC -pix_fmt yuv420p10le -tag:v hvc1 hevc_main10.mov
pattern 64x48 $VP8 -pix_fmt yuv420p vp8.webm
pattern 64x48 $VP9 -pix_fmt yuv420p vp9.webm
pattern 64x48 $VP9 -pix_fmt yuv420p vp9.mp4
pattern 64x48 $VP9 -pix_fmt yuv420p10le vp9_10bit.webm
pattern 64x48 $AV1 -pix_fmt yuv420p av1.mp4
pattern 64x48 $AV1 -pix_fmt yuv420p av1.webm
pattern 64x48 -c:v mpeg4 -q:v 20 mpeg4.mp4
pattern 64x48 -c:v libxvid -q:v 20 -f avi mpeg4.avi 2>/dev/null || pattern 64x48 -c:v mpeg4 -q:v 20 mpeg4.avi
# The same samples with other boxes round them.
ffmpeg -v error -y -i h264_baseline.mp4 -c copy -metadata:s:v rotate=270 -fflags +bitexact rotated.mp4
ffmpeg -v error -y -i h264_high.mp4 -c copy -f matroska -live 1 -fflags +bitexact live.mkv
ffmpeg -v error -y -ss 0.25 -i h264_high.mp4 -c copy -fflags +bitexact trimmed.mp4
# Size and mean red, green and blue of the four quarters of every upright frame.
for clip in *.mp4 *.mov *.mkv *.webm *.avi; do
    ffmpeg -v error -i "$clip" -f image2pipe -c:v ppm -pix_fmt rgb24 - | python3 -c '
import sys
data = sys.stdin.buffer.read()
while data:
    _, size, _, data = data.split(b"\n", 3)
    w, h = map(int, size.split())
    frame, data = data[: w * h * 3], data[w * h * 3 :]
    means = []
    for y in (0, h // 2):
        for x in (0, w // 2):
            rows = [frame[(r * w + x) * 3 : (r * w + x + w // 2) * 3] for r in range(y, y + h // 2)]
            block = b"".join(rows)
            means += [round(sum(block[c::3]) / (len(block) // 3)) for c in range(3)]
    print(sys.argv[1], w, h, *means)
' "$clip"
done > expected.txt
