"""Random augmentation during training, on the device of the network."""

import torch


def changed(views: torch.Tensor) -> torch.Tensor:
    """Mirrors, brightens or darkens, tints, adds noise and covers patches: `[N, VIEWS, 3, H, W]`, 0..=1."""
    count, device = len(views), views.device
    views = torch.where(chosen(count, 0.5, device), views.flip(4), views)
    light = 0.15 * torch.randn(count, 1, 1, 1, 1, device=device)
    gain = torch.exp(light + 0.05 * torch.randn(count, 1, 3, 1, 1, device=device))
    shift = 0.05 * torch.randn(count, 1, 1, 1, 1, device=device)
    views = torch.where(chosen(count, 0.5, device), views * gain + shift, views)
    sigma = 0.03 * torch.rand(count, 1, 1, 1, 1, device=device)
    views = torch.where(chosen(count, 0.3, device), views + sigma * torch.randn_like(views), views)
    return patched(views).clamp(0, 1)


def chosen(count: int, share: float, device) -> torch.Tensor:
    return torch.rand(count, 1, 1, 1, 1, device=device) < share


def patched(views: torch.Tensor) -> torch.Tensor:
    """Covers a part of one view in four with a grey patch."""
    count, across, _, height, width = views.shape
    device, shape = views.device, (count, across, 1, 1, 1)
    y = torch.arange(height, device=device).view(1, 1, 1, height, 1)
    x = torch.arange(width, device=device).view(1, 1, 1, 1, width)
    cy, cx = torch.rand(shape, device=device) * height, torch.rand(shape, device=device) * width
    ry, rx = ((0.1 + 0.2 * torch.rand(shape, device=device)) * side for side in (height, width))
    inside = ((y - cy).abs() < ry) & ((x - cx).abs() < rx) & (torch.rand(shape, device=device) < 0.25)
    return torch.where(inside, torch.rand(shape, device=device), views)


def mixed(views, label, weight, share: float):
    """Blends a share of the samples with others; labels and weights are blended in the same proportion."""
    count, device = len(views), views.device
    other = torch.randperm(count, device=device)
    part = torch.rand(count, device=device) * 0.5
    part = torch.where(torch.rand(count, device=device) < share, part, torch.zeros_like(part))
    wide = part.view(-1, 1, 1, 1, 1)
    return (
        views * (1 - wide) + views[other] * wide,
        label * (1 - part) + label[other] * part,
        weight * (1 - part) + weight[other] * part,
    )
